(function () {
  var root = document.documentElement, button = document.getElementById("theme"), dark = matchMedia("(prefers-color-scheme: dark)");
  function now() { return root.dataset.theme || (dark.matches ? "dark" : "light"); }
  function say() { button.textContent = now() === "dark" ? button.dataset.light : button.dataset.dark; }
  try { var kept = localStorage.getItem("madang-theme"); if (kept === "dark" || kept === "light") { root.dataset.theme = kept; } } catch (none) { /* no storage: the choice holds for this page */ }
  button.hidden = false;
  say();
  button.addEventListener("click", function () {
    root.dataset.theme = now() === "dark" ? "light" : "dark";
    try { localStorage.setItem("madang-theme", root.dataset.theme); } catch (none) { /* as above */ }
    say();
  });
  dark.addEventListener("change", say);
})();
