// See message_html.hpp.

#include "incidents/message_html.hpp"

#include "base/spoken_time.hpp"
#include "base/text.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace carillon::incidents {
namespace {

// Mail programs drop what they do not know; what is left still reads. The contrast of every text is at least 4.5 : 1.
constexpr std::string_view kStyle =
    ":root{color-scheme:light dark}"
    "body{margin:0;padding:16px;background:#fbfaf7;color:#20242b;font:16px/1.5 system-ui,-apple-system,'Segoe UI',Roboto,'Noto "
    "Sans',sans-serif;overflow-wrap:anywhere}"
    "main{max-width:36rem;margin:0 auto}"
    "h1{font-size:21px;line-height:1.3;margin:0 0 12px}h2{font-size:14px;margin:20px 0 4px;color:#575e6b;font-weight:600}"
    "p{margin:0 0 8px}dl{margin:0}dt{color:#575e6b;font-size:14px;font-weight:600}dd{margin:0 0 8px}"
    "pre{margin:0;padding:12px;background:#efece4;border-radius:6px;white-space:pre-wrap;font:14px/1.5 "
    "ui-monospace,Menlo,Consolas,monospace}"
    ".urgent{border-left:4px solid #b3261e;padding-left:12px}"
    ".button,button{display:inline-block;margin:12px 0 4px;padding:12px "
    "20px;border:0;border-radius:6px;background:#7a4700;color:#ffffff;font:inherit;"
    "font-weight:600;text-decoration:none}"
    ".quiet{color:#575e6b;font-size:14px}li{margin:0 0 16px}ol{padding-left:24px}select{font:inherit;padding:8px;max-width:100%}"
    "footer{margin-top:24px;padding-top:12px;border-top:1px solid #dcd8cf}"
    "@media(prefers-color-scheme:dark){body{background:#15171b;color:#e9e7e2}h2,dt,.quiet{color:#a9afbb}pre{background:#262a31}footer{"
    "border-color:#363b45}"
    ".urgent{border-color:#ff8a80}.button,button{background:#f2b866;color:#201503}a{color:#f2b866}}";

std::string lines_kept(std::string_view text) { return escaped_markup(clean_for_xml(trimmed(text))); }

/// A remedy that is a link is one to press; a command is one to copy.
std::string remedy_html(std::string_view remedy) {
  const auto text = lines_kept(remedy);
  if (text.starts_with("https://") && !text.contains(' ') && !text.contains('\n'))
    return fmt::format("<p><a href=\"{0}\">{0}</a></p>\n", text);
  return "<pre>" + text + "</pre>\n";
}

std::string facts_html(const Item& item, Time now) {
  auto html = "<dl>\n<dt>Since</dt><dd>" + escaped_markup(since_text(item, now)) + "</dd>\n";
  if (item.incident.report.noticed_at) html += "<dt>Public impact</dt><dd>" + escaped_markup(noticed_text(item, now)) + "</dd>\n";
  return html + "</dl>\n";
}

std::string button_html(const std::string& link, std::string_view words) {
  return fmt::format("<p><a class=\"button\" href=\"{}\">{}</a></p>\n", escaped_markup(link), words);
}

std::string footer_html(const std::string& text) { return "<footer class=\"quiet\"><p>" + escaped_markup(text) + "</p></footer>\n"; }

std::string rest_html(std::size_t count) {
  return count > kMaxListed ? fmt::format("<p>And {} more: <code>carillon incident list</code></p>\n", count - kMaxListed) : std::string{};
}

}  // namespace

std::string document(std::string_view title, std::string_view content) {
  return fmt::format(
      "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" content=\"width=device-width, "
      "initial-scale=1\">\n"
      "<meta name=\"color-scheme\" content=\"light dark\">\n<meta name=\"referrer\" content=\"no-referrer\">\n<meta name=\"robots\" "
      "content=\"noindex\">\n"
      "<title>{}</title>\n<style>{}</style>\n</head>\n<body>\n<main>\n{}</main>\n</body>\n</html>\n",
      escaped_markup(clean_for_xml(title)), kStyle, content);
}

std::string alarm_html(std::span<const Item> items, const std::string& all_link, Time now) {
  const auto& first = items.front();
  if (items.size() == 1) {
    const auto& report = first.incident.report;
    std::string html =
        fmt::format("<h1{}>{}</h1>\n", is_urgent(report.noticed_at, now) ? " class=\"urgent\"" : "", lines_kept(report.what));
    html += facts_html(first, now);
    html +=
        "<h2>If nothing is done</h2>\n<p>" + lines_kept(report.consequence) + "</p>\n<h2>What to do</h2>\n" + remedy_html(report.remedy);
    html += button_html(first.link, "I'll handle this") +
            "<p class=\"quiet\">This pauses reminders for 8 hours. The page asks you to confirm first. On the server: <code>carillon "
            "incident ack " +
            escaped_markup(first.incident.id) + " --for 8h</code></p>\n";
    const auto owner = owner_text(first);
    html += footer_html((owner.empty() ? "" : owner + " ") + reason_text(first) + " " + next_text(first));
    return document(report.what, html);
  }
  const auto title = fmt::format("{} incidents are open", items.size());
  auto html = fmt::format("<h1>{}</h1>\n<p>No one has acknowledged them yet. The most urgent is first.</p>\n", title);
  html += button_html(all_link, "I'll handle all of these") +
          "<p class=\"quiet\">This pauses reminders for 8 hours. The page asks you to confirm first.</p>\n<ol>\n";
  for (const auto& item : items.first(std::min(items.size(), kMaxListed))) {
    const auto& report = item.incident.report;
    html += fmt::format("<li>{}<p><b>{}</b></p>\n", is_urgent(report.noticed_at, now) ? "<div class=\"urgent\">" : "<div>",
                        lines_kept(report.what));
    if (report.noticed_at) html += "<p>Public impact: " + escaped_markup(noticed_text(item, now)) + "</p>\n";
    html += "<p>" + lines_kept(report.consequence) + "</p>\n" + remedy_html(report.remedy);
    html += fmt::format("<p><a href=\"{}\">I'll handle this one</a></p></div></li>\n", escaped_markup(item.link));
  }
  html += "</ol>\n" + rest_html(items.size()) + footer_html(reason_text(first));
  return document(title, html);
}

std::string closing_html(std::span<const Item> items, Time now) {
  const auto lasted = [&](const Item& item) { return span_text(item.incident.solved_at.value_or(now) - item.incident.opened_at); };
  if (items.size() == 1) {
    const auto& item = items.front();
    const auto solution = item.solution.empty() ? std::string{"This is resolved."} : item.solution;
    auto html = "<h1>Resolved</h1>\n<p>" + lines_kept(solution) + "</p>\n<dl>\n<dt>Problem</dt><dd>" +
                lines_kept(item.incident.report.what) + "</dd>\n<dt>Since</dt><dd>" + escaped_markup(moment_text(item.incident.opened_at)) +
                "</dd>\n<dt>Resolved</dt><dd>" + escaped_markup(moment_text(item.incident.solved_at.value_or(now))) + ", after " +
                lasted(item) + "</dd>\n</dl>\n<p>You don't need to do anything.</p>\n";
    return document("Resolved: " + item.incident.report.subject, html);
  }
  const auto title = fmt::format("{} incidents are resolved", items.size());
  auto html = "<h1>" + title + "</h1>\n<p>You don't need to do anything.</p>\n<ol>\n";
  for (const auto& item : items.first(std::min(items.size(), kMaxListed)))
    html += "<li><p><b>" + lines_kept(item.incident.report.what) + "</b></p>\n<p>Resolved after " + lasted(item) + ": " +
            lines_kept(item.solution) + "</p></li>\n";
  return document(title, html + "</ol>\n" + rest_html(items.size()));
}

}  // namespace carillon::incidents
