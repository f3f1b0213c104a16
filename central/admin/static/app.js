// The only script of our own: says when the live part can't be refreshed, and
// when it can be again. Everything else is htmx, and pages work without both.
(() => {
  const lost = (yes) => document.documentElement.toggleAttribute("data-lost", yes);
  document.addEventListener("htmx:error", () => lost(true));
  document.addEventListener("htmx:response:error", () => lost(true));
  document.addEventListener("htmx:after:swap", () => lost(false));
})();
