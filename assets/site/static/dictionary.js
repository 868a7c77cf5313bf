(function () {
  var box = document.getElementById("search"), sought = document.getElementById("sought"), found = document.getElementById("found");
  // PM2.5 and pm25 are the same word: where a title is in another language, the code alone has it
  function plain(text) { return text.normalize("NFKC").toLowerCase().replace(/(\d)\.(?=\d)/g, "$1"); }
  var entries = Array.prototype.map.call(document.querySelectorAll(".entry"), function (entry) {
    var title = entry.querySelector("h3");
    return {
      entry: entry,
      title: title ? plain(title.textContent) : "",
      lines: Array.prototype.map.call(entry.querySelectorAll("li"), function (line) { return { line: line, text: plain(line.textContent) }; })
    };
  });
  function look() {
    var words = plain(sought.value).split(/\s+/).filter(Boolean), n = 0;
    entries.forEach(function (one) {
      var any = !words.length;
      one.lines.forEach(function (of) {
        var fits = words.every(function (word) { return of.text.indexOf(word) >= 0 || one.title.indexOf(word) >= 0; });
        of.line.hidden = !fits;
        if (fits) { any = true; n += 1; }
      });
      one.entry.hidden = !any;
    });
    found.textContent = !words.length ? "" : n ? found.dataset.found.replace("#", n) : found.dataset.none;
  }
  box.hidden = false;
  sought.addEventListener("input", look);
})();
