// Comfort only: every page works without this file.
"use strict";
const box = document.querySelector("input[type=search]");
document.addEventListener("keydown", (event) => {
  if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey || !box) return;
  if (event.target.closest("input, textarea, select")) return;
  event.preventDefault();
  box.focus();
  box.select();
});
const filters = document.getElementById("filters");
if (filters) {
  // beside the hits there is room to show them; on a phone they stay folded
  if (matchMedia("(min-width: 60rem)").matches) filters.querySelector("details").open = true;
  filters.addEventListener("change", () => filters.requestSubmit());
}
