// What the colors mean. A click shows one entry alone; Ctrl or Shift and a click adds another.
class Legend {
  // `isolated` is a Set of colors kept by the caller; empty shows all.
  constructor(holder, onChange) { Object.assign(this, { holder, onChange, entries: [] }); }

  load({ palette, legend, scale, measure }, isolated) {
    this.isolated = isolated;
    const labels = JSON.stringify(legend.map((entry) => entry[0]));
    if (isolated.labels !== labels) isolated.clear();
    isolated.labels = labels;
    this.holder.replaceChildren();
    this.holder.classList.toggle("long", legend.length > 8);
    if (scale) {
      const bar = element("div");
      bar.style.background = `linear-gradient(90deg, ${palette.slice(0, measure?.[3]).join(",")})`;
      this.holder.append(element("div", { class: "scale" }, element("span", {}, scale[0]), bar, element("span", {}, scale[1])));
    }
    this.numbers = [];
    this.entries = legend.map(([label, color, count], i) => {
      const dot = element("i");
      dot.style.background = color;
      const number = element("span", {}, counted(count));
      const button = element("button", { type: "button", title: `${label}: show only these points (Ctrl adds)` },
        dot, element("b", {}, label), number);
      this.numbers.push([number, count]);
      button.addEventListener("click", (event) => this.toggle(i, event.ctrlKey || event.metaKey || event.shiftKey));
      this.holder.append(button);
      return button;
    });
    this.press();
  }

  toggle(i, also) {
    const { isolated } = this, had = isolated.has(i), alone = had && isolated.size === 1;
    if (!also) isolated.clear();
    if (also && had) isolated.delete(i);
    else if (!alone) isolated.add(i);
    this.press();
    this.onChange();
  }

  press() {
    this.entries.forEach((button, i) => button.setAttribute("aria-pressed", String(this.isolated.has(i))));
    this.holder.classList.toggle("narrowed", this.isolated.size > 0);
  }

  // Beside each entry how many of its points stand out; `standing`, by color, is null where all do.
  tell(standing) {
    const shown = this.shown();
    this.numbers.forEach(([number, count], i) => {
      const text = standing && shown[i] ? `${counted(standing[i])} of ${counted(count)}` : counted(count);
      if (number.textContent !== text) number.textContent = text;
    });
  }

  // A byte per color: 1 where its points are shown.
  shown() {
    const result = new Uint8Array(256).fill(this.isolated?.size ? 0 : 1);
    for (const color of this.isolated ?? []) result[color] = 1;
    return result;
  }
}
