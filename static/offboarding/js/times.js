// Keeps relative times true while a page stays open; the words are those of the server (templatetags/look.py).
const MINUTE = 60, HOUR = 3600, DAY = 86400;
function relativeWords(moment, now) {
  const seconds = Math.trunc((now - moment) / 1000);
  const size = Math.abs(seconds);
  if (size < MINUTE) return seconds >= 0 ? "just now" : "in a moment";
  if (size >= 7 * DAY) return null;
  const days = Math.trunc(size / DAY);
  const words = size < HOUR ? `${Math.trunc(size / MINUTE)} min`
    : size < DAY ? `${Math.trunc(size / HOUR)} h`
    : `${days} day${days === 1 ? "" : "s"}`;
  return seconds > 0 ? `${words} ago` : `in ${words}`;
}
function refreshTimes() {
  document.querySelectorAll("time[data-relative]").forEach((time) => {
    const words = relativeWords(new Date(time.dateTime), new Date());
    if (words && time.textContent !== words) time.textContent = words;
  });
}
setInterval(refreshTimes, 20000);
document.addEventListener("visibilitychange", refreshTimes);
