// Escape closes one thing at a time. The buttons that have this key listen at the document and do not ask: so a
// list that is open keeps it for itself, and so does a field that somebody has typed into, which is left as by a
// click beside it, with its text. Nothing is drawn.
export default function ({ data }) {
  let closes = false;
  const before = (event) => {
    closes = false;
    if (event.key !== "Escape") return;
    const field = event.composedPath()[0];
    closes = field.getAttribute?.("aria-expanded") === "true";
    const typed = field.matches?.("input:not([role=combobox]), textarea") && field.value && field.closest(data.within);
    if (closes || !typed) return;
    event.stopImmediatePropagation();
    event.preventDefault();
    field.blur();
  };
  const after = (event) => { if (closes) event.stopPropagation(); };
  window.addEventListener("keydown", before, true);
  document.body.addEventListener("keydown", after); // the list has heard it by then
  return () => {
    window.removeEventListener("keydown", before, true);
    document.body.removeEventListener("keydown", after);
  };
}
