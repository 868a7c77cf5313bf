(function () {
  var views = document.querySelectorAll(".view"), bar = document.querySelector(".turn"), wide = matchMedia("(min-width: 1200px) and (min-height: 700px)");
  var still = matchMedia("(prefers-reduced-motion: reduce)"), pause = document.getElementById("wall-pause"), place = document.getElementById("wall-at");
  var at = 0, timer = 0, going = !still.matches;
  function show(next) {
    at = (next + views.length) % views.length;
    views.forEach(function (view, index) { view.classList.toggle("now", index === at); });
    place.textContent = (at + 1) + " / " + views.length;
    size();
  }
  function size() { // long reasons and names make a view higher than the screen: its type becomes smaller, nothing is cut
    var root = document.documentElement, main = document.getElementById("main"), view = views[at], part = 100;
    root.style.fontSize = "";
    var whole = parseFloat(getComputedStyle(root).fontSize);
    while (wide.matches && part > 64 && view.scrollHeight > main.clientHeight - bar.offsetHeight) {
      part -= 4;
      root.style.fontSize = whole * part / 100 + "px";
    }
  }
  function run() {
    clearInterval(timer);
    pause.textContent = going ? pause.dataset.stop : pause.dataset.go;
    timer = going && wide.matches ? setInterval(function () { show(at + 1); }, 20000) : 0;
  }
  function fit() {
    document.documentElement.classList.toggle("turning", wide.matches);
    bar.hidden = !wide.matches;
    size();
    run();
  }
  function stop(next) { going = false; show(next); run(); }
  document.getElementById("wall-back").addEventListener("click", function () { stop(at - 1); });
  document.getElementById("wall-next").addEventListener("click", function () { stop(at + 1); });
  pause.addEventListener("click", function () { going = !going; run(); });
  document.addEventListener("keydown", function (event) {
    if (!wide.matches || event.altKey || event.ctrlKey || event.metaKey) { return; }
    if (event.key === "ArrowRight") { stop(at + 1); }
    if (event.key === "ArrowLeft") { stop(at - 1); }
  });
  still.addEventListener("change", function () { if (still.matches) { going = false; run(); } });
  wide.addEventListener("change", fit);
  window.addEventListener("resize", size);
  show(0);
  fit();
})();
