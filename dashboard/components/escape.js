// Escape that closes a list which is open closes nothing else: the buttons that have this key listen at the
// document, and do not ask. Nothing is drawn.
export default function () {
  let closes = false;
  const before = (event) => {
    closes = event.key === "Escape" && event.composedPath()[0].getAttribute?.("aria-expanded") === "true";
  };
  const after = (event) => { if (closes) event.stopPropagation(); };
  document.addEventListener("keydown", before, true);
  document.body.addEventListener("keydown", after); // the list has heard it by then
  return () => {
    document.removeEventListener("keydown", before, true);
    document.body.removeEventListener("keydown", after);
  };
}
