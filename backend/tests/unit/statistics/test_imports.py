"""What takes long to import is imported by what needs it, and not before."""

import subprocess
import sys
from pathlib import Path

import pytest

import hyperbot.statistics

MODULES = sorted(path.stem for path in Path(hyperbot.statistics.__path__[0]).glob("[!_]*.py"))


@pytest.mark.parametrize("name", MODULES)
def test_a_module_imports_neither_arch_nor_scipy_stats(name):
    code = f"import sys, hyperbot.statistics.{name}; print(*sys.modules)"
    told = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert not {"arch", "pandas", "scipy.stats", "statsmodels"} & set(told.stdout.split())
