// What opens beside the page makes it narrower: all texts above break anew, and the line would be gone from sight.
function holdStill(line) {
  const scrolled = line.getRootNode().host?.closest("[data-testid=stMain]");
  if (!scrolled) return;
  const top = line.getBoundingClientRect().top, until = performance.now() + 2000;
  let held = true;
  const letGo = () => { held = false; };
  for (const kind of ["wheel", "touchmove", "keydown"]) addEventListener(kind, letGo, { once: true, passive: true });
  const again = () => {
    if (!held || !line.isConnected || performance.now() > until) return;
    scrolled.scrollTop += line.getBoundingClientRect().top - top;
    requestAnimationFrame(again);
  };
  again();
}

// A table whose lines can be clicked. The texts in it are escaped where it is written.
export default function ({ parentElement, data, setTriggerValue }) {
  let place = parentElement.querySelector(".clickable");
  if (!place) {
    place = document.createElement("div");
    place.className = "clickable";
    parentElement.append(place);
  }
  if (place.drawn !== data.table) { // or the focus would be lost with each run of the page
    place.innerHTML = data.table;
    place.drawn = data.table;
  }
  place.querySelectorAll("tbody tr").forEach((line, number) => {
    line.onclick = (event) => {
      // Who marks a text to copy it has not clicked the line; a key marks nothing.
      if (event.detail && getSelection().toString()) return;
      holdStill(line);
      setTriggerValue("line", number);
    };
  });
}
