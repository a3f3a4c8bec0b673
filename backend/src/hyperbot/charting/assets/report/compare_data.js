// The data of the comparison.

const data = JSON.parse(document.getElementById('data').textContent);
