// A form with data-once is sent once: a second click while the first is on its way does nothing.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!form.matches("form[data-once]")) return;
  if (form.dataset.sent) {
    event.preventDefault();
    return;
  }
  form.dataset.sent = "yes";
  form.setAttribute("aria-busy", "true");
});
// Coming back with the browser's back button must find a form that can be sent.
window.addEventListener("pageshow", () => {
  document.querySelectorAll("form[data-sent]").forEach((form) => {
    delete form.dataset.sent;
    form.removeAttribute("aria-busy");
  });
});
// The answer to a form counts as its address from now on: Back and a reload ask for the page, and send nothing again.
// An answer to a POST is kept in no cache, so that Back would find nothing but an error of the browser.
history.replaceState(history.state, "");
