"use strict";
(function () {
  const dark = window.matchMedia("(prefers-color-scheme: dark)");
  function draw() {
    const style = getComputedStyle(document.documentElement);
    const text = style.getPropertyValue("--text").trim(), page = style.getPropertyValue("--page").trim();
    for (const place of document.querySelectorAll(".plot")) {
      const figure = JSON.parse(document.getElementById(place.dataset.figure).textContent);
      figure.layout.font = Object.assign({}, figure.layout.font, { color: text });
      figure.layout.paper_bgcolor = page;
      const config = { displaylogo: false, responsive: true, modeBarButtons: [["toImage"]] };
      Plotly.react(place, figure.data, figure.layout, config);
    }
  }
  dark.addEventListener("change", draw);
  draw();
})();
