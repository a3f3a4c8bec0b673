// Colours, read from the page's style sheet: one place for both themes; times and elements.

const root = document.documentElement;
const colours = {};

function readColours() {
  const style = getComputedStyle(root);
  for (const name of ['bg', 'panel', 'raised', 'border', 'strong', 'text', 'muted', 'dim', 'accent', 'up', 'down', 'violet', 'warn', 'danger', 'grid']) {
    colours[name] = style.getPropertyValue(`--${name}`).trim();
  }
  colours.isDark = root.dataset.theme === 'dark';
}

/** A hex colour with an opacity in 0..1, again as hex: the chart library parses nothing newer. */
function faded(hex, opacity) {
  return hex + Math.round(255 * opacity).toString(16).padStart(2, '0');
}

function colourOf(direction) {
  if (direction > 0) return colours.up;
  return direction < 0 ? colours.down : colours.muted;
}

function rememberedTheme() {
  try {
    return localStorage.getItem('hyperbot-chart-theme');
  } catch {
    return null; // a browser may forbid storage to files
  }
}

function setTheme(name, isChosen) {
  root.dataset.theme = name;
  readColours();
  if (!isChosen) return;
  try {
    localStorage.setItem('hyperbot-chart-theme', name);
  } catch {
    // then it lasts as long as the page
  }
}

const prefersDark = matchMedia('(prefers-color-scheme: dark)');
setTheme(rememberedTheme() ?? (prefersDark.matches ? 'dark' : 'light'), false);

const FONT = "Inter, ui-sans-serif, system-ui, 'Segoe UI', 'Liberation Sans', sans-serif";
const wholeNumber = new Intl.NumberFormat('en-US');

function textOfSeconds(seconds) {
  return new Date(seconds * 1000).toISOString().slice(0, 16).replace('T', ' ');
}

/** An element with text and children; text is never read as HTML. */
function element(tag, className, ...content) {
  const made = document.createElement(tag);
  if (className) made.className = className;
  made.append(...content);
  return made;
}
