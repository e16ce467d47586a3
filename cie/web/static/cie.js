/* Makes pages quicker to use; every page works without it. */
(function () {
  "use strict";

  var summary = document.querySelector(".cie-errors");
  if (summary && !summary.autofocus) summary.focus();

  document.addEventListener("click", function (event) {
    var exit = event.target.closest && event.target.closest("[data-exit]");
    if (!exit) return;
    event.preventDefault();
    document.body.hidden = true;
    window.location.replace(exit.href);
  });

  Array.prototype.forEach.call(document.querySelectorAll("[data-shows]"), function (button) {
    var input = document.getElementById(button.getAttribute("data-shows"));
    if (!input) return;
    button.hidden = false;
    button.addEventListener("click", function () {
      var words = button.textContent;
      input.type = input.type === "password" ? "text" : "password";
      button.textContent = button.getAttribute("data-other");
      button.setAttribute("data-other", words);
    });
  });

  Array.prototype.forEach.call(document.querySelectorAll("[data-draws]"), function (pad) {
    var input = document.getElementById(pad.getAttribute("data-draws"));
    var canvas = pad.querySelector("canvas");
    var pen = canvas.getContext && canvas.getContext("2d");
    if (!pen || !window.PointerEvent) return;
    var from = null;

    function clear() {
      pen.fillStyle = "#fff";
      pen.fillRect(0, 0, canvas.width, canvas.height);
      pen.lineWidth = 4;
      pen.lineCap = "round";
      input.value = "";
    }

    function place(event) {
      var box = canvas.getBoundingClientRect();
      var scale = canvas.width / canvas.clientWidth;
      return [(event.clientX - box.left - canvas.clientLeft) * scale, (event.clientY - box.top - canvas.clientTop) * scale];
    }

    function stroke(event) {
      if (!from) return;
      var to = place(event);
      pen.beginPath();
      pen.moveTo(from[0], from[1]);
      pen.lineTo(to[0], to[1]);
      pen.stroke();
      from = to;
    }

    function lift(event) {
      stroke(event);
      if (from) input.value = canvas.toDataURL("image/png");
      from = null;
    }

    clear();
    pad.hidden = false;
    pad.querySelector("button").addEventListener("click", clear);
    canvas.addEventListener("pointerdown", function (event) {
      canvas.setPointerCapture(event.pointerId);
      from = place(event);
    });
    canvas.addEventListener("pointermove", stroke);
    canvas.addEventListener("pointerup", lift);
    canvas.addEventListener("pointercancel", lift);
  });

  if (document.body.getAttribute("data-keys") !== "on") return;

  function rows() {
    return Array.prototype.slice.call(document.querySelectorAll(".cie-row"));
  }

  function current(all) {
    return all.findIndex(function (row) { return row.contains(document.activeElement); });
  }

  function move(step) {
    var all = rows();
    var at = current(all);
    var next = at < 0 ? (step > 0 ? 0 : all.length - 1) : at + step;
    var link = all[next] && all[next].querySelector(".cie-row-need a, .cie-row-action a, .cie-row-action button");
    if (link) link.focus();
  }

  function answer() {
    var all = rows();
    var row = all[current(all)];
    var action = row && row.querySelector(".cie-row-action a, .cie-row-action button");
    if (action) action.click();
  }

  function find() {
    var place = document.querySelector("[data-find]");
    if (!place) return false;
    if (place.href) window.location.assign(place.href); else place.focus();
    return true;
  }

  /* Enter needs nothing here: j and k put the focus on the link of the row. */
  var keys = {
    j: function () { move(1); return true; },
    k: function () { move(-1); return true; },
    a: function () { answer(); return true; },
    "/": find
  };

  document.addEventListener("keydown", function (event) {
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    var typing = event.target.closest && event.target.closest("input, textarea, select, [contenteditable]");
    if (typing || !Object.prototype.hasOwnProperty.call(keys, event.key)) return;
    if (keys[event.key]()) event.preventDefault();
  });
})();
