// Buttons with data-insert put their text where the cursor was last, in a field with data-insertable.
let field = null;

function insert(text) {
  field ??= document.querySelector("[data-insertable]");
  if (!field?.isConnected) return;
  field.setRangeText(text, field.selectionStart, field.selectionEnd, "end");
  field.dispatchEvent(new Event("input", { bubbles: true }));
  field.focus();
}

export function start() {
  document.addEventListener("focusin", (event) => { if (event.target.matches("[data-insertable]")) field = event.target; });
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-insert]");
    if (button) insert(button.dataset.insert);
  });
}
