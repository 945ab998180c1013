// A computer that has slept: its timers stood still, so what the page shows and holds is old.
const STEP = 5000;
const SLEPT = 15000;

export function onWake(run) {
  let last = Date.now();
  setInterval(() => {
    const now = Date.now();
    if (now - last > SLEPT) run();
    last = now;
  }, STEP);
}
