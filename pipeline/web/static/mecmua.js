// Comfort only: every page works without this file.
"use strict";
const box = () => document.querySelector("input[type=search]");

// "/" goes to the search box, j and k from hit to hit
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.target.closest("input, textarea, select")) return;
  if (event.key === "/" && box()) {
    event.preventDefault();
    box().focus();
    box().select();
  } else if (event.key === "j" || event.key === "k") {
    const hits = [...document.querySelectorAll(".list h2 a")];
    const here = hits.indexOf(document.activeElement);
    hits[event.key === "j" ? here + 1 : Math.max(here - 1, 0)]?.focus();
  }
});

// filters act as soon as they are picked; only the results change, so that the eye and the focus stay where they were
let asking = null;
async function show(url) {
  asking?.abort();
  asking = new AbortController();
  const results = document.getElementById("content");
  try {
    const answer = await fetch(url, { signal: asking.signal });
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const focus = document.activeElement;
    const held = results.contains(focus) && focus.name ? [focus.name, focus.value] : null;
    results.replaceChildren(...page.getElementById("content").childNodes);
    document.title = page.title;
    if (held) [...results.querySelectorAll("[name]")].find((one) => one.name === held[0] && one.value === held[1])?.focus();
  } catch (error) {
    if (error.name !== "AbortError") location.assign(url);
  }
}
function go(url) {
  history.pushState(null, "", url);
  shown = location.search;
  show(url);
}
function addressOf(form) {
  const asked = [...new FormData(form)].filter(([, value]) => value !== "");
  return "/?" + new URLSearchParams(asked);
}
document.addEventListener("change", (event) => {
  const form = event.target.closest("#filters");
  if (form && document.getElementById("content").contains(form)) go(addressOf(form));
});
let shown = location.search;
addEventListener("popstate", () => {
  if (location.search !== shown) location.reload(); // not for a link within the page
});

// drag over the histogram to choose from when to when
let from = null;
const barAt = (event) => document.elementFromPoint(event.clientX, event.clientY)?.closest(".time [data-since]");
function brushed(to) {
  const bars = [...document.querySelectorAll(".time [data-since]")];
  const [first, last] = [bars.indexOf(from), bars.indexOf(to)].sort((one, other) => one - other);
  return bars.slice(first, last + 1);
}
document.addEventListener("pointerdown", (event) => {
  from = event.button === 0 ? event.target.closest(".time [data-since]") : null;
});
document.addEventListener("dragstart", (event) => {
  if (event.target.closest(".time")) event.preventDefault();
});
document.addEventListener("pointermove", (event) => {
  const to = from && barAt(event);
  if (!to) return;
  document.querySelectorAll(".time .picked").forEach((bar) => bar.classList.remove("picked"));
  if (to !== from) brushed(to).forEach((bar) => bar.classList.add("picked"));
});
document.addEventListener("pointerup", (event) => {
  const to = from && barAt(event);
  const picked = to && to !== from ? brushed(to) : null;
  from = null;
  const form = document.getElementById("filters");
  if (!picked || !form) return;
  form.elements.since.value = picked[0].dataset.since;
  form.elements.until.value = picked.at(-1).dataset.until;
  go(addressOf(form));
});

// names are completed behind author:, tag: and source:
let typing = 0;
document.addEventListener("input", (event) => {
  const input = event.target;
  if (input !== box()) return;
  clearTimeout(typing);
  typing = setTimeout(async () => {
    const asked = /^(|.*\s)(author|tag|source):"?([^"]*)$/.exec(input.value);
    const names = document.getElementById("names");
    if (!asked || !names) return;
    const [, before, kind, typed] = asked;
    const answer = await fetch(`/api/complete/${kind}?` + new URLSearchParams({ typed }));
    const found = answer.ok ? await answer.json() : [];
    names.replaceChildren(
      ...found.map(({ value, label, count }) => {
        const option = document.createElement("option");
        option.value = `${before}${kind}:` + (kind === "source" ? value : `"${value.replaceAll('"', "")}"`);
        option.label = `${label} (${count})`;
        return option;
      }),
    );
  }, 150);
});
