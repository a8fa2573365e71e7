// Keeps an open page up to date: when the server says that something has changed, the page is fetched again and what
// differs is replaced, so that focus, selection, scrolling and opened details stay. Without this script every page works
// as well; it is only not live.
"use strict";

const root = document.documentElement;
const theme = document.getElementById("theme");

function applyTheme(name) {
  if (name) root.dataset.theme = name; else delete root.dataset.theme;
  theme.textContent = name === "dark" ? "Dark" : name === "light" ? "Light" : "Auto";
  theme.setAttribute("aria-label", "Theme: " + theme.textContent);
}

theme.hidden = false;
applyTheme(localStorage.getItem("theme") || "");
theme.addEventListener("click", () => {
  const next = { "": "light", light: "dark", dark: "" }[root.dataset.theme || ""];
  localStorage.setItem("theme", next);
  applyTheme(next);
});

// morph makes the children of old like those of fresh, and keeps nodes that are alike.
function morph(old, fresh) {
  if (old.nodeType !== fresh.nodeType || old.nodeName !== fresh.nodeName || old.id !== fresh.id) {
    old.replaceWith(fresh);
    return;
  }
  if (old.nodeType !== Node.ELEMENT_NODE) {
    if (old.nodeValue !== fresh.nodeValue) old.nodeValue = fresh.nodeValue;
    return;
  }
  const typing = old === document.activeElement && old.matches("input, select, textarea");
  for (const { name } of [...old.attributes]) {
    if (!fresh.hasAttribute(name) && !(old.nodeName === "DETAILS" && name === "open")) old.removeAttribute(name);
  }
  for (const { name, value } of [...fresh.attributes]) {
    if (!typing && old.getAttribute(name) !== value) old.setAttribute(name, value);
  }
  const kept = [...old.childNodes], wanted = [...fresh.childNodes];
  for (let i = 0; i < wanted.length; i++) {
    if (i < kept.length) morph(kept[i], wanted[i]); else old.append(wanted[i]);
  }
  for (const extra of kept.slice(wanted.length)) extra.remove();
}

let fetching = false, again = false;

async function refresh() {
  if (document.hidden || fetching) { again = true; return; }
  fetching = true;
  again = false;
  try {
    const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
    if (answer.ok) {
      const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
      morph(document.querySelector("main"), fresh.querySelector("main"));
      morph(document.querySelector("nav"), fresh.querySelector("nav"));
      document.title = fresh.title;
    }
  } catch { /* the stream says when the server is back */ }
  fetching = false;
  if (again) setTimeout(refresh, 500);
}

if (document.body.dataset.live === "true") {
  const live = document.getElementById("live");
  const say = (text, state) => { live.textContent = text; live.dataset.state = state; };
  const stream = new EventSource("/events");
  let lost = false;
  stream.addEventListener("open", () => { say("live", "on"); if (lost) refresh(); lost = false; });
  stream.addEventListener("change", refresh);
  stream.addEventListener("error", () => { lost = true; say("not connected", "off"); });
  document.addEventListener("visibilitychange", () => { if (again) refresh(); });
  setInterval(refresh, 30000); // ages grow without a change
}
