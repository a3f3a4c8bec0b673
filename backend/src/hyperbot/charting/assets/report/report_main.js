// Puts the parts together when the page opens.

function turnTheme(name, isChosen) {
  setTheme(name, isChosen);
  recolourCharts();
}

function onKey(event) {
  if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest('input, select')) return;
  if (event.key === 't') turnTheme(colours.isDark ? 'light' : 'dark', true);
  if (event.key === '/' && trades.length) {
    event.preventDefault();
    byId('filter-text').focus();
  }
  if (event.key === 'Escape' && isFiltered()) setFilter(NO_FILTER);
}

function listen() {
  document.addEventListener('keydown', onKey);
  byId('theme').addEventListener('click', () => turnTheme(colours.isDark ? 'light' : 'dark', true));
  prefersDark.addEventListener('change', () => {
    if (rememberedTheme() === null) turnTheme(prefersDark.matches ? 'dark' : 'light', false);
  });
  listenForPaper(turnTheme);
}

fillHeadline();
fillFilters();
fillEquity();
fillRules();
fillDistributions();
fillHeatmaps();
fillTradeList();
fillRobustness();
fillLineage();
listen();
requestAnimationFrame(() => requestAnimationFrame(() => {
  root.dataset.ready = String(Math.round(performance.now()));
}));
