// Copies the text of a button with data-copy. The buttons are hidden in the page and shown here, where they work.
if (navigator.clipboard) {
  const show = (root) => root.querySelectorAll("button[data-copy][hidden]").forEach((button) => { button.hidden = false; });
  show(document);
  document.addEventListener("htmx:afterSwap", () => show(document));
  document.addEventListener("click", async (event) => {
    const button = event.target.closest("button[data-copy]");
    if (!button) return;
    const answer = button.querySelector(".copy__done");
    try {
      await navigator.clipboard.writeText(button.dataset.copy);
      answer.textContent = "Copied";
    } catch {
      answer.textContent = "The browser refused to copy";
    }
    setTimeout(() => { answer.textContent = ""; }, 2000);
  });
}
