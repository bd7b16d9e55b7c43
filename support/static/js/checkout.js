// The page that waits for a payment: asks every three seconds, and loads itself again once there is something new.
// Without JavaScript the page does the same by a refresh.
const state = document.querySelector("[data-state]").dataset.state;

const timer = setInterval(async () => {
  try {
    const answer = await fetch(location.pathname, { headers: { Accept: "application/json" } });
    if (answer.ok && (await answer.json()).state !== state) {
      clearInterval(timer);
      location.reload();
    }
  } catch {
    // Offline for a moment: ask again.
  }
}, 3000);
