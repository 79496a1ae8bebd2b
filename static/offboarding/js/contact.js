// Says when a part of the page that asks for itself again gets no answer, and takes that back with the next answer.
{
  const place = document.getElementById("contact");
  const clock = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit", hour12: false });
  let reached = new Date();
  // The element itself may have been replaced by its answer: the request still knows it.
  const asksAgain = (event) => (event.detail.requestConfig?.elt.getAttribute("hx-trigger") || "").startsWith("every ");
  const lost = (event) => {
    if (!asksAgain(event) || place.hasChildNodes()) return;
    const notice = document.getElementById("contact-lost").content.cloneNode(true);
    const since = notice.querySelector("time");
    since.dateTime = reached.toISOString();
    since.textContent = clock.format(reached);
    place.append(notice);
  };
  for (const name of ["htmx:sendError", "htmx:responseError", "htmx:timeout"]) document.addEventListener(name, lost);
  document.addEventListener("htmx:afterRequest", (event) => {
    if (!asksAgain(event) || !event.detail.successful) return;
    reached = new Date();
    place.replaceChildren();
  });
}
