/* Text coloured by value. Every text of a document goes in as a text node, never as HTML. */

const FULL = 0.5;

export default function coloured({ data, parentElement }) {
  const former = parentElement.querySelector(".coloured");
  const root = element("div", "coloured");

  const text = element("div", "text");
  text.dir = "auto";
  text.tabIndex = 0;
  text.setAttribute("role", "group");
  text.setAttribute("aria-label", data.title);
  for (const piece of data.pieces) text.append(draw(piece));
  if (data.left) text.append(element("p", "left", `${data.left.toLocaleString("en")} more characters are not shown.`));
  root.append(drawLegend(), text);

  const scroll = former?.querySelector(".text").scrollTop ?? 0;
  if (former) former.replaceWith(root);
  else parentElement.append(root);
  text.scrollTop = scroll;

  function draw(piece) {
    if (!piece.value) return document.createTextNode(piece.text);
    const raises = piece.value > 0;
    const made = element("span", piece.strong ? (raises ? "strong raises" : "strong lowers") : "", piece.text);
    made.style.background = paint(raises, Math.abs(piece.value));
    if (piece.strong) made.style.textDecorationColor = `rgb(${raises ? data.legend.raisesColour : data.legend.lowersColour})`;
    made.title = piece.help;
    return made;
  }

  function drawLegend() {
    const legend = element("div", "legend");
    for (const [words, raises] of [[data.legend.raises, true], [data.legend.lowers, false]]) {
      if (!words) continue;
      const sample = element("span", `sample strong ${raises ? "raises" : "lowers"}`, words);
      sample.style.background = paint(raises, 0.7);
      sample.style.textDecorationColor = `rgb(${raises ? data.legend.raisesColour : data.legend.lowersColour})`;
      legend.append(sample);
    }
    legend.append(element("span", "full", data.legend.full));
    return legend;
  }

  function paint(raises, strength) {
    return `rgba(${raises ? data.legend.raisesColour : data.legend.lowersColour}, ${(FULL * strength).toFixed(3)})`;
  }
}

function element(tag, classes, text) {
  const made = document.createElement(tag);
  if (classes) made.className = classes;
  if (text !== undefined) made.textContent = text;
  return made;
}
