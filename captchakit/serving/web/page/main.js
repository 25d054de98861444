// Which room is shown, and the key.
import { hasKey, useKey } from "./ask.js";
import { $ } from "./build.js";
import { startResults } from "./results.js";
import { startService } from "./service.js";
import { startSolve } from "./solve.js";
import { startTraining } from "./training.js";

const rooms = { solve: startSolve(), results: startResults(), training: startTraining(), service: startService() };
let left = () => {};

function show(moved) {
  const wanted = location.hash.slice(1) in rooms ? location.hash.slice(1) : "solve";
  left();
  for (const name of Object.keys(rooms)) $(name).hidden = name !== wanted;
  for (const link of document.querySelectorAll("nav a")) {
    if (link.hash === `#${wanted}`) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
  document.title = `${$(`${wanted}-title`).textContent} – captchakit`;
  left = rooms[wanted]() ?? (() => {});
  if (moved) {
    scrollTo(0, 0);
    $("content").focus({ preventScroll: true });
  }
}

function keyed() {
  $("key-state").textContent = hasKey() ? "Key in use" : "No key";
}

$("key-form").addEventListener("submit", (event) => {
  event.preventDefault();
  useKey($("key").value);
  $("key").value = "";
  document.querySelector(".key").open = false;
  keyed();
  show(false);
});
$("key-forget").addEventListener("click", () => {
  useKey("");
  keyed();
});
document.querySelector(".key").addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  event.currentTarget.open = false;
  event.currentTarget.querySelector("summary").focus();
});
document.querySelector(".skip").addEventListener("click", (event) => {
  event.preventDefault();
  $("content").focus();
});
addEventListener("hashchange", () => show(true));
keyed();
show(false);
