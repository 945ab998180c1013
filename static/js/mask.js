// Card numbers and the like as they may be kept; the same as mask() of apps/scripts/domain/answers.py.
const SHORT = "\u2022".repeat(4);
const MASKED = new RegExp(`^${SHORT}( [0-9]{4})?$`);
const CARD_DIGITS = 12;

// The last four digits of a card number, nothing of anything shorter.
export function mask(text) {
  if (!text.trim() || MASKED.test(text)) return text.trim();
  const digits = text.replace(/[^0-9]/g, "");
  return digits.length >= CARD_DIGITS ? `${SHORT} ${digits.slice(-4)}` : SHORT;
}

// What may be told of a text that is still being typed.
export function hint(text) {
  return text.trim() && !MASKED.test(text) ? SHORT : text.trim();
}
