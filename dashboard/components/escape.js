// Esc in a field that somebody has typed into leaves the field, and nothing else: what was typed is kept,
// as by a click beside it. Shortcuts of the page get the next Esc.
export default function ({ parentElement, data }) {
  if (parentElement.leave) window.removeEventListener("keydown", parentElement.leave, true);
  const leave = (event) => {
    const field = event.target;
    if (event.key !== "Escape" || !field.matches?.("input:not([role=combobox]), textarea")) return;
    if (!field.value || !field.closest(data.within)) return;
    // Before anybody else: the shortcuts listen further down.
    event.stopImmediatePropagation();
    event.preventDefault();
    field.blur();
  };
  parentElement.leave = leave;
  window.addEventListener("keydown", leave, true);
  return () => window.removeEventListener("keydown", leave, true);
}
