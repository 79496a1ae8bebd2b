// `/` focuses the search; the arrow keys walk through results marked with data-result. Everything works without it.
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  const typing = event.target.closest("input, textarea, select, [contenteditable]");
  const field = document.querySelector("main [data-search]") || document.getElementById("search");
  if (event.key === "/" && !typing && field) {
    event.preventDefault();
    field.focus();
    field.select();
    return;
  }
  if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
  const results = [...document.querySelectorAll("[data-result]")];
  const place = results.indexOf(document.activeElement);
  const fromField = document.activeElement === field;
  if (!results.length || (place < 0 && !fromField)) return;
  const next = event.key === "ArrowDown" ? place + 1 : place - 1;
  event.preventDefault();
  if (next < 0) field.focus();
  else results[Math.min(next, results.length - 1)].focus();
});
