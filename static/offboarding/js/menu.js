// Closes the actor's menu on Escape and on a click outside, and changes the theme without loading the page again.
document.addEventListener("click", (event) => {
  document.querySelectorAll("details.menu[open]").forEach((menu) => {
    if (!menu.contains(event.target)) menu.open = false;
  });
});
document.addEventListener("keydown", (event) => {
  const menu = event.key === "Escape" && document.querySelector("details.menu[open]");
  if (!menu) return;
  menu.open = false;
  menu.querySelector("summary").focus();
});
document.addEventListener("submit", async (event) => {
  const form = event.target;
  const button = event.submitter;
  if (!form.matches("form.themes:not([data-plain])") || !button) return;
  event.preventDefault();
  const answer = await fetch(form.action, {
    method: "POST",
    body: new FormData(form, button),
    redirect: "manual",
  }).catch(() => null);
  if (!answer || answer.type !== "opaqueredirect") {
    form.dataset.plain = "yes"; // let the browser send it itself
    button.click();
    return;
  }
  document.documentElement.dataset.theme = button.value;
  form.querySelectorAll("button").forEach((other) => other.setAttribute("aria-pressed", String(other === button)));
});
