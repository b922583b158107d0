/* A garnish: every page works without it.
 *
 * [data-live="URL"]      server-sent events; on each, the page is fetched again and every [data-live-region="NAME"] is swapped
 *                        but not under somebody's hands, nor a form that somebody has changed: the page then says, in the words
 *                        of data-live-news, that there is news, to be looked at beside it
 * details                keep their open or closed state over a swap (by data-key, else by their place in the region)
 * [data-copy="ID"]       a button that copies the text of #ID; shown only where copying is possible
 * [data-print]           a button that prints the page
 * input[data-submit]     a slider that submits its form when it is let go
 * keys                   “/” goes to the search, j and k along the queue; not while somebody types
 */
"use strict";

const openStates = (region) =>
  new Map([...region.querySelectorAll("details")].map((box, place) => [box.dataset.key ?? place, box.open]));

function swap(current, fresh) {
  const states = openStates(current);
  const next = document.importNode(fresh, true);
  [...next.querySelectorAll("details")].forEach((box, place) => {
    const open = states.get(box.dataset.key ?? place);
    if (open !== undefined) box.open = open;
  });
  current.replaceWith(next);
  garnish(next);
}

function changed(control) {
  if (control.type === "hidden" || control.type === "submit") return false;
  if (control.type === "checkbox" || control.type === "radio") return control.checked !== control.defaultChecked;
  if (control.tagName !== "SELECT") return control.value !== control.defaultValue;
  const first = [...control.options].findIndex((option) => option.defaultSelected);
  return control.selectedIndex !== Math.max(first, 0);
}

const isChanged = (region) => [...region.querySelectorAll("form.form :is(input, select, textarea)")].some(changed);

function tell(region) {
  const words = document.querySelector("[data-live-news]")?.dataset.liveNews;
  if (!words || region.querySelector("[data-news]")) return;
  const news = Object.assign(document.createElement("p"), { className: "notice" });
  const link = Object.assign(document.createElement("a"), { href: location.href, target: "_blank", textContent: words });
  news.dataset.news = "";
  news.setAttribute("role", "status");
  news.append(link);
  region.prepend(news);
}

async function refresh() {
  const answer = await fetch(location.href, { headers: { Accept: "text/html" }, credentials: "same-origin" });
  if (!answer.ok || answer.redirected) return; // signed out or away: the page stays as it is
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  for (const region of document.querySelectorAll("[data-live-region]")) {
    const fresh = page.querySelector(`[data-live-region="${CSS.escape(region.dataset.liveRegion)}"]`);
    if (!fresh || fresh.innerHTML === region.innerHTML) continue;
    if (isChanged(region)) {
      tell(region);
    } else if (region.contains(document.activeElement)) { // never take a control from under somebody's hands
      region.addEventListener("focusout", () => setTimeout(() => refresh().catch(() => {})), { once: true });
    } else {
      swap(region, fresh);
    }
  }
}

function follow(element) {
  const source = new EventSource(element.dataset.live);
  let waiting = false; // a burst of events is one refresh
  source.onmessage = () => {
    if (waiting) return;
    waiting = true;
    setTimeout(() => { waiting = false; refresh().catch(() => {}); }, 300);
  };
  addEventListener("pagehide", () => source.close(), { once: true });
}

function garnish(root) {
  for (const button of root.querySelectorAll("[data-copy]")) {
    if (!navigator.clipboard) continue;
    button.hidden = false;
    button.addEventListener("click", async () => {
      await navigator.clipboard.writeText(document.getElementById(button.dataset.copy).textContent.trim());
      button.textContent = button.dataset.copied ?? button.textContent;
    });
  }
  for (const button of root.querySelectorAll("[data-print]")) {
    button.hidden = false;
    button.addEventListener("click", () => print());
  }
  for (const slider of root.querySelectorAll("input[data-submit]")) {
    slider.addEventListener("change", () => slider.form.requestSubmit());
  }
}

const typing = (target) => target.closest("input, select, textarea, [contenteditable]") !== null;

function walk(step) {
  const links = [...document.querySelectorAll(".queue li a")];
  const here = links.findIndex((link) => link === document.activeElement || link.closest("[aria-current]"));
  links[Math.min(Math.max(here + step, 0), links.length - 1)]?.focus();
}

addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) return;
  if (event.key === "/" && document.getElementById("find")?.offsetParent) {
    event.preventDefault();
    document.getElementById("find").focus();
  } else if (event.key === "j") walk(1);
  else if (event.key === "k") walk(-1);
});

garnish(document);
document.querySelectorAll("[data-live]").forEach(follow);
