"""Our own rules, for what neither ruff nor import-linter can say.

`python tools/lint_rules.py [folder]` prints `file:line: sentence` for each violation and exits 1.
"""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

PACKAGE = "backend/src/hyperbot/"
CORE = tuple(
    PACKAGE + part
    for part in (
        "domain/",
        "ports",
        "statistics/",
        "detection/",
        "trading/",
        "backtesting/",
        "charting/",
    )
)
MAY_READ_ENVIRONMENT = (PACKAGE + "detection/kernel.py",)  # where compiled kernels are kept
MOST_LINES = {"backend/src/": 300, "backend/tests/": 400}
MOST_FUNCTION_LINES = 40
VERDICTS = {"Approved", "Refused"}
MAY_JUDGE = PACKAGE + "trading/risk_manager.py"
VAGUE_NAMES = {"common", "helper", "helpers", "misc", "util", "utils"}
IMPURE_MODULES = {"time": "the clock", "random": "chance", "secrets": "chance", "uuid": "chance"}
IMPURE_ATTRIBUTES = {
    **dict.fromkeys(("now", "utcnow", "today"), "the clock"),
    **dict.fromkeys(("random", "default_rng"), "chance"),
    **dict.fromkeys(("environ", "getenv"), "the environment"),
}
FORBIDDEN_TEXT = {
    r"\b(TO[D]O|FIX[M]E|X[X]X)\b": "finish it, or open an issue, instead of leaving a note",
    r"(?<![\w.:/-])(/(home|root|Users|work)/\w|[A-Z]:\\Users\\)": "a path of one machine",
    r"pythonhosted\.org|pypi\.org|registry\.(npmjs|yarnpkg)": "the address of a package registry",
}
VENDORED = re.compile(r"(^|/)(vendor|vendored|node_modules)/|\.min\.|\.standalone\.")
SKIPPED_FOLDERS = {"node_modules", "demo", "__pycache__"}


class Violation(NamedTuple):
    """A place that breaks a rule, and the rule."""

    path: str
    line: int
    sentence: str


def violations(root: Path) -> Iterator[Violation]:
    """Each violation in the files that git tracks, or would after `git add`."""
    paths = sorted(_paths(root))
    if not any(path.endswith(".py") for path in paths):
        yield Violation(".", 1, f"there is no Python file to check in {root}")
    for path in paths:
        for line, sentence in _in_file(path, root / path):
            yield Violation(path, line, sentence)


Found = Iterator[tuple[int, str]]


def _paths(root: Path) -> set[str]:
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    try:
        listed = subprocess.run(command, cwd=root, check=True, capture_output=True, text=True)
    except (OSError, subprocess.CalledProcessError):  # no git, or an unpacked archive
        found = (path.relative_to(root) for path in root.rglob("*") if path.is_file())
        return {
            path.as_posix()
            for path in found
            if not any(part in SKIPPED_FOLDERS or part.startswith(".") for part in path.parts[:-1])
        }
    return {path for path in listed.stdout.split("\0") if (root / path).is_file()}


def _in_file(path: str, file: Path) -> Found:
    if file.name == "uv.lock":
        yield 1, "uv.lock names registries: requirements.lock is kept instead"
    vague = VAGUE_NAMES & {Path(part).stem for part in Path(path).parts}
    if vague and path.endswith(".py"):
        yield 1, f"{vague.pop()!r} says nothing: name the module after what it is about"
    try:
        text = file.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return
    if not VENDORED.search(path):
        yield from _in_text(text)
    if path.endswith(".py"):
        yield from _in_python(path, text)


def _in_text(text: str) -> Found:
    for number, line in enumerate(text.splitlines(), 1):
        for pattern, sentence in FORBIDDEN_TEXT.items():
            if found := re.search(pattern, line):
                yield number, f"{found[0]}: {sentence}"


def _in_python(path: str, text: str) -> Found:
    try:
        tree = ast.parse(text, path)
    except SyntaxError as error:
        yield error.lineno or 1, f"does not parse: {error.msg}"
        return
    for folder, most in MOST_LINES.items():
        if path.startswith(folder) and (lines := len(text.splitlines())) > most:
            yield most + 1, f"{lines} lines: split the file by idea, at most {most}"
    if path.startswith("backend/src/"):
        yield from _long_functions(tree)
    if path.startswith(PACKAGE):
        yield from _in_package(path, tree)
    if path.startswith(CORE):
        yield from _impure(tree, may_read_environment=path in MAY_READ_ENVIRONMENT)
    if path.startswith("backend/tests/unit/"):
        yield from _mocks(tree)


def _in_package(path: str, tree: ast.Module) -> Found:
    if path.endswith("/__init__.py"):
        yield from _unsaid_package(tree, Path(path).parent.name)
    if path != MAY_JUDGE:
        yield from _verdicts(tree)


def _long_functions(tree: ast.Module) -> Found:
    for node in ast.walk(tree):
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        lines = (node.end_lineno or node.lineno) - node.lineno + 1
        if ast.get_docstring(node) is not None:
            docstring = node.body[0]
            lines -= (docstring.end_lineno or docstring.lineno) - docstring.lineno + 1
        if lines > MOST_FUNCTION_LINES:
            most = MOST_FUNCTION_LINES
            yield node.lineno, f"{node.name} has {lines} lines: split it by idea, at most {most}"


def _unsaid_package(tree: ast.Module, name: str) -> Found:
    said = ast.get_docstring(tree, clean=False) or ""
    if not re.fullmatch(rf"{name}: \S.*", said):
        yield 1, f'say in one line what goes in and what comes out: """{name}: ..."""'


def _impure(tree: ast.Module, *, may_read_environment: bool) -> Found:
    for line, name, what in _impurities(tree):
        if what != "the environment" or not may_read_environment:
            yield line, f"{name} reads {what}: the core is told everything it knows"


def _impurities(tree: ast.Module) -> Iterator[tuple[int, str, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and (what := IMPURE_ATTRIBUTES.get(node.attr)):
            yield node.lineno, ast.unparse(node), what
        for line, module, name in _imported(node):
            what = IMPURE_MODULES.get(module.split(".")[0]) or IMPURE_ATTRIBUTES.get(name)
            if what:
                yield line, f"{module}.{name}".rstrip("."), what


def _verdicts(tree: ast.Module) -> Found:
    """An entry that no risk manager has seen cannot be built."""
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.Call)
            and (name := ast.unparse(node.func).split(".")[-1]) in VERDICTS
        ):
            yield node.lineno, f"{name}: only trading/risk_manager.py says so"


def _mocks(tree: ast.Module) -> Found:
    for line, name in _words(tree):
        if name in {"mock", "mocker", "monkeypatch.setattr", "monkeypatch.delattr"}:
            yield line, f"{name}: pass in a fake that keeps the port's promise"


def _words(tree: ast.Module) -> Found:
    """(line, word) of each imported name, argument and attribute of monkeypatch."""
    for node in ast.walk(tree):
        if isinstance(node, ast.arg):
            yield node.lineno, node.arg
        elif isinstance(node, ast.Attribute) and ast.unparse(node.value) == "monkeypatch":
            yield node.lineno, f"monkeypatch.{node.attr}"
        for line, module, name in _imported(node):
            yield from ((line, word) for word in {*module.split("."), name})


def _imported(node: ast.AST) -> Iterator[tuple[int, str, str]]:
    """(line, module, name) of what `node` imports; name is empty for a whole module."""
    if isinstance(node, ast.Import):
        yield from ((node.lineno, alias.name, "") for alias in node.names)
    elif isinstance(node, ast.ImportFrom):
        yield from ((node.lineno, node.module or ".", alias.name) for alias in node.names)


def main() -> int:
    """Print what is found; 1 if anything was."""
    root = Path(sys.argv[1] if len(sys.argv) > 1 else Path(__file__).parents[1]).resolve()
    found = list(violations(root))
    for violation in found:
        print("{}:{}: {}".format(*violation))
    return int(bool(found))


if __name__ == "__main__":
    sys.exit(main())
