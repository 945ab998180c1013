// Keys and clicks that come too soon: right after a new person has come up they were meant for what was there before.
const GUARD = 1000;
// Undefined until the page has its first state: after a reload the agent looks at the same person.
let person;
let since = -GUARD;

export function follow({ contact }) {
  if (!contact) since = -GUARD;
  else if (person !== undefined && contact.campaign_lead !== person) since = performance.now();
  person = contact?.campaign_lead ?? null;
}

export function isTooSoon() {
  return performance.now() - since < GUARD;
}
