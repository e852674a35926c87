/* The rankers side by side. Every text of a document, query, model or error goes in as a text node, never as HTML.

With `data.judging` a row takes a grade by its keys and buttons. Grades that the server has not confirmed yet are sent again with
each new one: of two messages that arrive together it only reads the last.

With `data.compact` columns are narrow: a row says its rank, its movement and its title; the selected one opens in every column, and
a text opens across the board. */

const GRADES = ["not relevant", "related", "answers in part", "answers fully"];
const STATES = { waiting: "waiting", running: "loading and warming up", failed: "failed", cancelled: "stopped" };

export default function board({ data, parentElement, setTriggerValue }) {
  const memory = (parentElement.rerankLabBoard ??= { open: new Set(), scroll: 0, query: null, unsaved: new Map() });
  const shown = data.input + (data.judging?.key ?? "");
  if (memory.query !== shown) {
    memory.open.clear();
    memory.unsaved.clear();
    memory.focused = null;
    memory.scroll = 0;
    memory.query = shown;
  }
  const grades = new Map(Object.entries(data.judging?.grades ?? {}));
  for (const [id, grade] of memory.unsaved) {
    if ((grades.get(id) ?? null) === grade) memory.unsaved.delete(id);
    else grades.set(id, grade);
  }
  if (data.compact && memory.open.size > 1) memory.open.clear();
  const rows = new Map();
  const texts = new Map();
  let selected = data.selected;

  const root = element("div", data.compact ? "board compact" : "board");
  root.style.setProperty("--columns", data.columns.length);
  root.setAttribute("role", "group");
  root.setAttribute("aria-label", "Rankings side by side");
  const reader = element("section", "reader");
  for (const column of data.columns) root.append(drawColumn(column));
  if (data.compact) root.append(reader);

  const former = parentElement.querySelector(".board");
  const hadFocus = former?.contains(former.getRootNode().activeElement);
  if (former) former.replaceWith(root);
  else parentElement.append(root);
  root.scrollTop = memory.scroll;
  if (hadFocus && memory.focused) focusRow(rowAt(...memory.focused));
  if (data.judging) root.addEventListener("keydown", onKey);
  root.addEventListener("scroll", () => (memory.scroll = root.scrollTop), { passive: true });
  root.addEventListener("mouseover", (event) => highlight(idOf(event.target)));
  root.addEventListener("mouseleave", () => highlight(null));
  root.addEventListener("focusin", (event) => {
    highlight(idOf(event.target));
    memory.focused = placeOf(event.target);
  });
  root.addEventListener("focusout", () => highlight(null));
  showSelected();

  function drawColumn(column) {
    const section = element("section", "column");
    section.setAttribute("aria-label", `${column.title}: ${column.state}`);
    const body = element("div", "body");
    section.append(drawHead(column), body);
    if (column.rows.length) {
      const list = element("ol", "rows");
      for (const row of column.rows) list.append(drawRow(column, row));
      body.append(list);
      if (column.hidden) body.append(element("p", "more", `${column.hidden} more not shown`));
    } else {
      body.append(drawState(column));
    }
    return section;
  }

  function drawHead(column) {
    const head = element("header", "head");
    const title = element("div", "title");
    const swatch = element("span", `swatch ${column.mark ?? ""}`);
    swatch.style.background = column.colour;
    const name = element("h3", "", data.compact ? column.fullTitle : column.title);
    name.title = data.compact ? [column.fullTitle, column.model, column.scale].filter(Boolean).join(", ") : column.title;
    title.append(swatch, name);
    if (!column.colour) swatch.remove();
    if (column.time) title.append(withHelp(element("span", "time", column.time), column.timeHelp));
    const facts = element("div", "facts");
    if (column.model) facts.append(withHelp(element("span", "model", column.model), column.id));
    if (column.scale) facts.append(withHelp(element("span", "scale", column.scale), column.scaleHelp));
    head.append(title, facts);
    if (column.cached && data.compact) head.append(withHelp(element("div", "note", "cached"), column.cached));
    else if (column.cached) head.append(element("div", "note", column.cached));
    return head;
  }

  function drawState(column) {
    const box = element("div", `state ${column.state}`);
    box.setAttribute("role", column.state === "failed" ? "alert" : "status");
    if (column.state === "running" && column.progress !== null) {
      const bar = element("progress", "");
      bar.value = column.progress;
      bar.setAttribute("aria-label", `${column.title} is running`);
      box.append(bar);
    } else {
      box.append(element("strong", "", STATES[column.state] ?? column.state));
    }
    if (column.message) box.append(element("p", "", column.message));
    return box;
  }

  function drawRow(column, row) {
    const document_ = data.documents[row.id];
    const key = `${column.id}\n${row.id}`;
    const item = element("li", "row");
    item.dataset.id = row.id;
    if (!rows.has(row.id)) rows.set(row.id, []);
    rows.get(row.id).push(item);

    const pick = element("button", "pick");
    pick.type = "button";
    pick.setAttribute("aria-pressed", "false");
    pick.addEventListener("click", () => {
      if (data.judging) return toggle.click();
      selected = selected === row.id ? null : row.id;
      showSelected();
      setTriggerValue("pick", row.id);
    });
    const line = element("span", "line");
    line.append(element("span", "rank", String(row.rank)));
    if (row.moved !== undefined) line.append(drawMovement(row.moved));
    const id = element("span", "id", row.id);
    id.title = row.id;
    if (data.compact) {
      pick.title = [row.id, row.score && `${column.scale} ${row.score}`].filter(Boolean).join(", ");
      if (data.judged && document_.grade !== null) line.append(drawGrade(document_.grade, { short: true }));
      if (row.used < row.total || row.unknown) line.append(drawUnread(row));
    }
    const score = data.compact && row.score ? `${column.scale} ${row.score}` : row.score;
    line.append(id, element("span", "score", score));
    pick.append(line, element("span", "snippet", (row.passage ? row.passage.text : document_.snippet) || "(blank)"));
    item.append(pick);

    const marks = element("div", "marks");
    if (data.judging) marks.append(drawGrading(row.id));
    else if (data.judged) marks.append(drawGrade(document_.grade));
    if (row.used < row.total) {
      const cut = element("span", "cut", `${count(row.used)} of ${count(row.total)} tokens`);
      marks.append(withHelp(cut, `The model saw the first ${count(row.used)} of ${count(row.total)} tokens; the rest was cut off.`));
    }
    if (row.unknown) {
      const help = "The model's tokenizer does not know this part of the text: the model does not read it.";
      marks.append(withHelp(element("span", "cut", row.unknown), help));
    }
    if (row.passage) {
      const where = element("span", "decided", `passage ${count(row.passage.start)}–${count(row.passage.end)}`);
      const range = `characters ${count(row.passage.start)} to ${count(row.passage.end)}`;
      marks.append(withHelp(where, `This passage, ${range}, decided: “${row.passage.text}” It is marked in the opened text.`));
    }
    const toggle = element("button", "toggle", "text");
    toggle.type = "button";
    toggle.addEventListener("click", () => {
      const wasOpen = memory.open.delete(key);
      if (data.compact) memory.open.clear();
      if (!wasOpen) memory.open.add(key);
      if (data.compact) for (const [, show] of texts.values()) show();
      else showText();
    });
    marks.append(toggle);
    if (data.explainable) {
      const explain = element("button", "explain", "explain");
      explain.type = "button";
      explain.setAttribute("aria-label", `Explain the rank of ${row.id}`);
      explain.addEventListener("click", () => setTriggerValue("explain", row.id));
      marks.append(explain);
    }
    item.append(marks);
    texts.set(item, [key, showText]);
    showText();
    return item;

    function showText() {
      const open = memory.open.has(key);
      if (data.compact) showInReader(key, open, row, column);
      else item.querySelector(".full")?.remove();
      if (open) {
        const full = drawText(document_, row.passage?.span);
        (data.compact ? reader : item).append(full);
        full.scrollTop = (full.querySelector(".passage")?.offsetTop ?? 8) - 8;
      }
      toggle.setAttribute("aria-expanded", String(open));
      toggle.setAttribute("aria-label", `${open ? "Hide" : "Show"} the text of ${row.id}`);
    }
  }

  function showInReader(key, open, row, column) {
    if (open || reader.dataset.key === key) reader.replaceChildren();
    if (!open) return;
    reader.dataset.key = key;
    reader.setAttribute("aria-label", `The text of ${row.id}`);
    const head = element("div", "readerhead");
    const close = element("button", "explain", "close");
    close.type = "button";
    close.addEventListener("click", () => {
      memory.open.clear();
      for (const [, show] of texts.values()) show();
    });
    head.append(element("strong", "", `${row.id}, rank ${row.rank} at ${column.fullTitle}`), close);
    reader.append(head);
  }

  function drawUnread(row) {
    const cut = row.used < row.total ? `The model saw the first ${count(row.used)} of ${count(row.total)} tokens.` : "";
    return withHelp(element("span", "cut", "✂"), [cut, row.unknown].filter(Boolean).join(" "));
  }

  function drawMovement(moved) {
    if (moved === null) return element("span", "moved");
    const way = moved > 0 ? "up" : moved < 0 ? "down" : "same";
    const mark = element("span", `moved ${way}`, moved > 0 ? `▲${moved}` : moved < 0 ? `▼${-moved}` : "=");
    const words = moved ? `${way} ${Math.abs(moved)} against ${data.baseline}` : `same rank as ${data.baseline}`;
    return withHelp(mark, words);
  }

  function drawGrade(grade, { short = false } = {}) {
    if (grade === null) return withHelp(element("span", "grade none", "unjudged"), "Nobody judged this document for the query.");
    const dots = grade > 0 ? "●".repeat(Math.min(grade, 4)) : "○";
    const mark = element("span", grade > 0 ? "grade relevant" : "grade", short ? dots : `${dots} ${grade}`);
    return withHelp(mark, grade > 0 ? `judged relevant, grade ${grade}` : "judged not relevant, grade 0");
  }

  function drawGrading(id) {
    const group = element("span", "grading");
    group.setAttribute("role", "group");
    group.setAttribute("aria-label", `Your grade of ${id}`);
    GRADES.forEach((meaning, grade) => {
      const button = element("button", "give", String(grade));
      button.type = "button";
      button.tabIndex = -1;
      button.title = `${grade}: ${meaning}`;
      button.setAttribute("aria-label", `${grade}, ${meaning}`);
      button.addEventListener("click", () => give(id, grades.get(id) === grade ? null : grade));
      group.append(button);
    });
    showGrade(group, id);
    return group;
  }

  function showGrade(group, id) {
    const given = grades.get(id) ?? null;
    for (const [grade, button] of [...group.children].entries()) button.setAttribute("aria-pressed", String(grade === given));
    group.classList.toggle("given", given !== null);
  }

  function give(id, grade) {
    grades.set(id, grade);
    memory.unsaved.set(id, grade);
    for (const item of rows.get(id) ?? []) showGrade(item.querySelector(".grading"), id);
    setTriggerValue("grade", Object.fromEntries(memory.unsaved));
  }

  function onKey(event) {
    const item = event.target.closest(".row");
    if (!item || event.ctrlKey || event.metaKey || event.altKey) return;
    const [column, place] = placeOf(item);
    const moves = { ArrowDown: [0, 1], ArrowUp: [0, -1], ArrowRight: [1, 0], ArrowLeft: [-1, 0] };
    if (event.key in moves) {
      const [aside, down] = moves[event.key];
      read(rowAt(column + aside, place + down));
    } else if (event.key in GRADES) {
      give(item.dataset.id, Number(event.key));
      read(rowAt(column, place + 1));
    } else if (event.key === "Backspace" || event.key === "Delete") {
      give(item.dataset.id, null);
    } else if (event.key === "t") {
      item.querySelector(".toggle").click();
    } else {
      return;
    }
    event.preventDefault();
  }

  function rowAt(column, place) {
    return root.querySelectorAll(".column")[column]?.querySelectorAll(".row")[place];
  }

  function placeOf(target) {
    const item = target.closest(".row");
    const column = target.closest(".column");
    if (!item) return memory.focused;
    return [[...root.querySelectorAll(".column")].indexOf(column), [...column.querySelectorAll(".row")].indexOf(item)];
  }

  function read(item) {
    if (!item) return;
    memory.open.clear();
    memory.open.add(texts.get(item)[0]);
    for (const [, showText] of texts.values()) showText();
    focusRow(item);
  }

  function focusRow(item) {
    if (!item) return;
    item.querySelector(".pick").focus({ preventScroll: true });
    item.scrollIntoView({ block: "nearest" });
  }

  function drawText(document_, passage) {
    const full = element("div", "full");
    full.dir = "auto";
    if (document_.title) {
      const title = element("p", "doctitle");
      title.append(...marked(document_.title, document_.titleMarks));
      full.append(title);
    }
    const text = element("p", "");
    const [from, to] = passage ?? [0, 0];
    text.append(...marked(document_.text, document_.textMarks, 0, from));
    if (from < to) {
      const decided = element("span", "passage");
      decided.append(...marked(document_.text, document_.textMarks, from, to));
      text.append(decided);
    }
    text.append(...marked(document_.text, document_.textMarks, to));
    full.append(text);
    if (document_.cut) {
      full.append(element("p", "more", `The first ${count(document_.text.length)} of ${count(document_.cut)} characters.`));
    }
    return full;
  }

  function marked(text, marks, from = 0, to = text.length) {
    const parts = [];
    let last = from;
    for (const [start, end] of marks) {
      if (end <= from || start >= to) continue;
      const [first, stop] = [Math.max(start, from), Math.min(end, to)];
      parts.push(document.createTextNode(text.slice(last, first)), element("mark", "", text.slice(first, stop)));
      last = stop;
    }
    parts.push(document.createTextNode(text.slice(last, to)));
    return parts;
  }

  function highlight(id) {
    if (memory.hot === id) return;
    for (const item of rows.get(memory.hot) ?? []) item.classList.remove("hot");
    for (const item of rows.get(id) ?? []) item.classList.add("hot");
    memory.hot = id;
  }

  function showSelected() {
    root.classList.toggle("choosing", Boolean(selected && rows.has(selected)));
    for (const [id, items] of rows) {
      for (const item of items) {
        item.classList.toggle("selected", id === selected);
        item.querySelector(".pick").setAttribute("aria-pressed", String(id === selected));
      }
    }
  }
}

function idOf(target) {
  return target.closest(".row")?.dataset.id ?? null;
}

function element(tag, classes, text) {
  const made = document.createElement(tag);
  if (classes) made.className = classes;
  if (text !== undefined) made.textContent = text;
  return made;
}

function withHelp(target, help) {
  if (help) {
    target.title = help;
    target.setAttribute("aria-label", `${target.textContent}: ${help}`);
    target.setAttribute("role", "note");
  }
  return target;
}

function count(number) {
  return number.toLocaleString("en");
}
