/* What makes forms more comfortable. Each page works without it. */
"use strict";

/* A button beside each password that shows what was typed. */
for (const button of document.querySelectorAll("button.reveal")) {
  const field = document.getElementById(button.getAttribute("aria-controls"));
  button.hidden = false;
  button.addEventListener("click", () => {
    const shown = field.type === "password";
    field.type = shown ? "text" : "password";
    button.setAttribute("aria-pressed", String(shown));
    field.focus();
  });
  /* Hidden again when it is sent, so that browsers offer to keep it as a password. */
  field.form.addEventListener("submit", () => {
    field.type = "password";
  });
}

/* How good a new password is: a hint only, the server decides. */
function strength(password, shortest) {
  if (password.length === 0) return "none";
  if (password.length < shortest) return "short";
  const kinds = new Set(password.toLowerCase()).size;
  if (kinds < 6 || /^(.+?)\1+$/.test(password)) return "weak";
  return password.length >= shortest + 4 && kinds >= 9 ? "strong" : "good";
}

for (const hint of document.querySelectorAll(".strength")) {
  const field = document.getElementById(hint.dataset.for);
  field.addEventListener("input", () => {
    const found = strength(field.value, field.minLength);
    hint.hidden = found === "none";
    hint.dataset.strength = found;
    hint.querySelector("span").textContent = hint.dataset[found] || "";
  });
}

/* A near miss of a common mail provider's domain: the rule of `domain/typos.py`. */
function isNear(typed, meant, edits) {
  if (typed === meant || !edits || Math.abs(typed.length - meant.length) > edits) return typed === meant;
  if (typed[0] === meant[0]) return isNear(typed.slice(1), meant.slice(1), edits);
  const rests = [[1, 0], [0, 1], [1, 1]];
  if (typed[0] === meant[1] && typed[1] === meant[0]) rests.push([2, 2]);
  return rests.some(([a, b]) => isNear(typed.slice(a), meant.slice(b), edits - 1));
}

function likelyMeant(text, domains) {
  const [local, ...rest] = text.trim().split("@"), typed = rest.join("@").toLowerCase();
  if (!local || domains.includes(typed)) return "";
  const own = domains.filter((domain) => domain.startsWith(`${typed.split(".")[0]}.`));
  const long = domains.filter((domain) => domain.length >= 9 && domain[0] === typed[0]);
  const found = own.length ? own.find((domain) => isNear(typed, domain, 1)) :
    domains.find((domain) => isNear(typed, domain, 1)) || long.find((domain) => isNear(typed, domain, 2));
  return found ? `${local}@${found}` : "";
}

const asks = document.querySelector("[data-domains]");
if (asks) {
  const field = document.getElementById("email"), take = document.getElementById("take_suggestion");
  const ask = () => {
    take.checked = false;
    take.value = likelyMeant(field.value, asks.dataset.domains.split(" "));
    asks.querySelector("strong").textContent = take.value;
    asks.firstElementChild.hidden = !take.value;
  };
  /* Not under the pointer: a button that moves away from a click that has begun gets none. */
  field.addEventListener("change", () => setTimeout(ask, 300));
  take.addEventListener("change", () => {
    field.value = take.value;
    ask();
    field.focus();
  });
}

/* The first mistake is where one goes on. */
const mistake = document.querySelector("[aria-invalid=true]");
if (mistake) mistake.focus();

/* A form is sent once, however often its button is pressed, if another page comes. */
for (const form of document.forms) {
  if (form.method !== "post" || "stays" in form.dataset) continue;
  form.addEventListener("submit", (event) => {
    if (form.dataset.sent) event.preventDefault();
    form.dataset.sent = "yes";
  });
}
/* Back from the next page: it may be sent again. */
addEventListener("pageshow", () => {
  for (const form of document.forms) delete form.dataset.sent;
});

/* The page that waits goes on by itself, once the address is confirmed elsewhere. It asks at ever
   longer intervals, not while nobody looks at it, and no longer than the link works. No mail is
   read within the first seconds, and each question costs as much as a page. */
const waits = document.querySelector("[data-waits]");
if (waits) {
  const ends = Date.now() + waits.dataset.seconds * 1000;
  let pause = 6000, timer = 0;
  const ask = async () => {
    try {
      const answer = await fetch("/register/state", { cache: "no-store" });
      if (answer.status === 429) pause = 60000;
      const { state } = answer.ok ? await answer.json() : {};
      if (state && state !== waits.dataset.waits) return location.replace(waits.pathname);
    } catch { /* No network for now: the next question may get through. */ }
    later();
  };
  const later = () => {
    clearTimeout(timer);
    if (document.hidden || Date.now() > ends) return;
    timer = setTimeout(ask, pause);
    pause = Math.min(pause * 1.6, 60000);
  };
  /* Back from the mail program: it looks at once. */
  document.addEventListener("visibilitychange", () => {
    clearTimeout(timer);
    if (!document.hidden) ask();
  });
  later();
}
