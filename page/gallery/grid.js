/* A grid of which only the tiles in view exist, so that it is as quick with 100,000 pictures as with ten. */

const LABEL = 42; // pixels below a picture
const EDGE = 12; // pixels around it: padding and border

const scroll = document.getElementById("scroll");
const grid = document.getElementById("grid");

/** Places of the pictures that are shown, and which of these is current. */
let shown = new Uint32Array(0);
let current = 0;

let tileSize = 160;
let columns = 1;
let rowHeight = 1;
let tileWidth = 1;

/** Tiles in the page by their number in `shown`, and those that wait for use. */
const tiles = new Map();
const spare = [];

function makeTile() {
  const tile = document.createElement("div");
  tile.setAttribute("role", "option");
  const image = document.createElement("img");
  image.alt = "";
  image.decoding = "async";
  image.draggable = false;
  image.addEventListener("error", () => tile.classList.add("lost"));
  const label = document.createElement("span");
  label.append(document.createElement("i"), document.createTextNode(""));
  tile.append(image, label, document.createElement("b"));
  return tile;
}

/** Fill a tile with a picture. */
function fillTile(tile, n) {
  const at = shown[n];
  const [image, label, badge] = tile.children;
  const mark = marks[at];
  tile.id = `tile${n}`;
  tile.dataset.n = n;
  tile.className = `tile ${["", "keep", "drop"][mark]} ${n === current ? "at" : ""}`;
  const address = addressOf(at);
  if (image.getAttribute("src") !== address) image.src = address;
  const text = `${whoOf(at)} \u00b7 ${pullsOf(at)}`;
  label.firstChild.textContent = whoOf(at);
  label.lastChild.data = pullsOf(at, 2);
  badge.textContent = mark ? (mark === KEEP ? "\u2713 kept" : "\u2715 dropped") : "";
  tile.title = `${text} \u00b7 row ${rowOf[at]}`;
  tile.setAttribute("aria-label", `${text}, ${MARK_NAMES[mark]}`);
  tile.setAttribute("aria-selected", String(n === current));
  tile.setAttribute("aria-posinset", String(n + 1));
  tile.setAttribute("aria-setsize", String(shown.length));
  tile.style.width = `${tileWidth}px`;
  tile.style.height = `${rowHeight - 4}px`;
  image.style.height = `${rowHeight - LABEL - EDGE - 4}px`;
  tile.style.transform = `translate(${(n % columns) * (tileWidth + 4)}px, ${Math.floor(n / columns) * rowHeight}px)`;
}

/** Measure, and draw what is in view. */
function layOut() {
  const width = grid.clientWidth;
  columns = Math.max(1, Math.floor((width + 4) / (tileSize + EDGE + 4)));
  tileWidth = Math.floor((width + 4) / columns) - 4;
  rowHeight = Math.round((tileWidth - EDGE) * facts.aspect) + LABEL + EDGE + 4;
  grid.style.height = `${Math.ceil(shown.length / columns) * rowHeight}px`;
  drawTiles();
}

/** Draw the tiles in view and a row on each side; the others wait for use. */
function drawTiles() {
  const top = scroll.scrollTop;
  const first = Math.max(0, Math.floor(top / rowHeight) - 1) * columns;
  const last = Math.min(shown.length, (Math.ceil((top + scroll.clientHeight) / rowHeight) + 1) * columns);
  for (const [n, tile] of tiles) {
    if (n < first || n >= last) {
      tiles.delete(n);
      spare.push(tile);
    }
  }
  const fresh = document.createDocumentFragment();
  for (let n = first; n < last; n++) {
    let tile = tiles.get(n);
    if (!tile) {
      tile = spare.pop() ?? makeTile();
      tiles.set(n, tile);
      if (!tile.isConnected) fresh.append(tile);
    }
    fillTile(tile, n);
  }
  grid.append(fresh);
  while (spare.length > 200) spare.pop().remove();
  for (const tile of spare) {
    tile.className = "tile";
    tile.style.transform = "translate(0, -100000px)";
    tile.removeAttribute("id");
  }
  if (tiles.has(current)) grid.setAttribute("aria-activedescendant", `tile${current}`);
  else grid.removeAttribute("aria-activedescendant");
}

/** Make a picture the current one, and bring it into view. */
function goTo(n) {
  current = Math.max(0, Math.min(shown.length - 1, n));
  const top = Math.floor(current / columns) * rowHeight;
  if (top < scroll.scrollTop) scroll.scrollTop = top;
  else if (top + rowHeight > scroll.scrollTop + scroll.clientHeight) scroll.scrollTop = top + rowHeight - scroll.clientHeight + 16;
  drawTiles();
}

/** Rows of tiles that fit into the view. */
function rowsInView() {
  return Math.max(1, Math.floor(scroll.clientHeight / rowHeight));
}
