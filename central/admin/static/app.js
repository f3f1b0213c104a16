// The only script of our own: says when the live part can't be refreshed, and
// when it can be again; scrolls the navigation; opens the browser's print; closes a menu when something
// else is pressed. Everything else is htmx, and pages work without both.
(() => {
  const lost = (yes) => document.documentElement.toggleAttribute("data-lost", yes);
  document.addEventListener("htmx:error", () => lost(true));
  document.addEventListener("htmx:response:error", () => lost(true));
  document.addEventListener("htmx:after:swap", () => lost(false));
  document.querySelectorAll("[data-print]").forEach((b) => {
    b.hidden = false;
    b.addEventListener("click", () => print());
  });
  // On a phone the pages are a strip that scrolls: bring the one that is open into it.
  const nav = document.querySelector(".bar nav"), here = nav && nav.querySelector("[aria-current]");
  if (here) nav.scrollLeft = here.offsetLeft - (nav.clientWidth - here.offsetWidth) / 2;
  const close = (but) => document.querySelectorAll("details.menu[open]").forEach((d) => d.contains(but) || (d.open = false));
  document.addEventListener("click", (e) => close(e.target));
  document.addEventListener("keydown", (e) => e.key === "Escape" && close(null));
})();
