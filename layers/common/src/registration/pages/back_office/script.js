/* An import's bar moves by itself, and its page comes once there is one; without this script
   the pages are loaded again. */
"use strict";

const place = document.querySelector("[data-progress]");
const every = 1000;

async function look() {
  try {
    const answer = await fetch(place.dataset.progress, { headers: { accept: "application/json" } });
    if (!answer.ok || answer.redirected) throw new Error(answer.status);
    const job = await answer.json();
    if (job.ended) {
      location.reload();
      return;
    }
    for (const shown of document.querySelectorAll("[data-count]")) {
      shown.textContent = job[shown.dataset.count];
    }
    const bar = place.querySelector("progress");
    if (job.rows) {
      bar.max = job.rows;
      bar.value = job.done;
    }
    setTimeout(look, every);
  } catch {
    /* Signed out, or the network is away: the page itself will tell. */
    setTimeout(() => location.reload(), 10 * every);
  }
}

if (place) setTimeout(look, every);

const next = document.querySelector("[data-next]");
if (next) setTimeout(() => location.replace(next.href), every);
