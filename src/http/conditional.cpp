// See conditional.hpp.

#include "http/conditional.hpp"

#include "base/text.hpp"

#include <algorithm>

namespace carillon::http {
namespace {

struct Tag {
  bool weak = false;
  std::string_view opaque;  ///< with its quotes
};

/// The entity tags of a list (RFC 9110 §8.8.3); what is malformed ends it.
std::vector<Tag> tags_of(std::string_view list) {
  std::vector<Tag> tags;
  while (true) {
    while (!list.empty() && (list.front() == ' ' || list.front() == '\t' || list.front() == ',')) list.remove_prefix(1);
    Tag tag;
    if (list.starts_with("W/")) {
      tag.weak = true;
      list.remove_prefix(2);
    }
    if (!list.starts_with('"')) return tags;
    const auto end = list.find('"', 1);
    if (end == std::string_view::npos) return tags;
    tag.opaque = list.substr(0, end + 1);
    tags.push_back(tag);
    list.remove_prefix(end + 1);
  }
}

bool matches(std::string_view field, std::string_view etag, bool strongly) {
  if (trimmed(field) == "*") return true;
  return std::ranges::any_of(tags_of(field), [&](const Tag& tag) { return tag.opaque == etag && !(strongly && tag.weak); });
}

std::optional<Time> date_in(const Request& request, std::string_view name) {
  if (request.fields.count(name) != 1) return {};
  const auto date = parse_http_date(trimmed(*request.fields.get(name)));
  if (!date) return {};
  return *date;
}

Time whole_seconds(Time time) { return std::chrono::floor<std::chrono::seconds>(time); }

/// Does the client take gzip (RFC 9110 §12.5.3)?
bool accepts_gzip(const Request& request) {
  const auto field = request.fields.joined("Accept-Encoding");
  if (!field) return false;
  bool star = false;
  for (const auto item : split(*field, ',')) {
    const auto parts = split(item, ';');
    const auto name = trimmed(parts[0]);
    bool refused = false;
    for (std::size_t i = 1; i < parts.size(); ++i) {
      const auto weight = trimmed(parts[i]);
      // "q=0", "q=0.0", "q=0.000": not wanted.
      if (weight.size() > 2 && (weight[0] == 'q' || weight[0] == 'Q') && weight[1] == '=' &&
          weight.substr(2).find_first_not_of("0.") == std::string_view::npos)
        refused = true;
    }
    if (equal_ignoring_case(name, "gzip") || equal_ignoring_case(name, "x-gzip")) return !refused;
    if (name == "*" && !refused) star = true;
  }
  return star;
}

/// What a Range field asks of `length` bytes.
struct Asked {
  enum class Kind { whole, part, unsatisfiable } kind = Kind::whole;
  std::uint64_t first = 0;
  std::uint64_t count = 0;
};

/// A position; one too large to hold is beyond every end.
std::optional<std::uint64_t> position(std::string_view digits) {
  if (digits.empty() || digits.find_first_not_of("0123456789") != std::string_view::npos) return {};
  return parse_number(digits).value_or(~0ULL);
}

Asked asked_of(const Request& request, std::uint64_t length) {
  if (request.fields.count("Range") != 1) return {};
  auto text = trimmed(*request.fields.get("Range"));
  constexpr std::string_view kUnit = "bytes=";
  if (text.size() < kUnit.size() || !equal_ignoring_case(text.substr(0, kUnit.size()), kUnit)) return {};
  text = trimmed(text.substr(kUnit.size()));
  if (text.contains(',')) return {};  // several ranges: the whole (RFC 9110 §14.2 allows it)
  const auto dash = text.find('-');
  if (dash == std::string_view::npos) return {};
  const auto before = trimmed(text.substr(0, dash));
  const auto after = trimmed(text.substr(dash + 1));
  if (before.empty()) {
    const auto suffix = position(after);
    if (!suffix) return {};
    if (*suffix == 0 || length == 0) return {.kind = Asked::Kind::unsatisfiable};
    const auto count = std::min(*suffix, length);
    return {.kind = Asked::Kind::part, .first = length - count, .count = count};
  }
  const auto first = position(before);
  const auto last = after.empty() ? std::optional<std::uint64_t>{~0ULL} : position(after);
  if (!first || !last || *last < *first) return {};
  if (*first >= length) return {.kind = Asked::Kind::unsatisfiable};
  return {.kind = Asked::Kind::part, .first = *first, .count = std::min(*last, length - 1) - *first + 1};
}

/// If-Range (RFC 9110 §13.1.5): is the range still wanted?
bool range_still_fits(const Request& request, std::string_view etag, std::optional<Time> last_modified) {
  const auto field = request.fields.get("If-Range");
  if (!field) return true;
  const auto text = trimmed(*field);
  if (text.starts_with('"')) return text == etag;
  if (text.starts_with("W/")) return false;
  const auto date = parse_http_date(text);
  return date && last_modified && *date == whole_seconds(*last_modified);
}

}  // namespace

Response represent(const Request& request, Representation representation) {
  // A range is of the plain bytes, so that it means the same on every visit.
  const bool reads = request.method == Method::get || request.method == Method::head;
  const bool compressed = representation.gzip && !request.fields.get("Range") && accepts_gzip(request);
  std::string etag = representation.etag;
  if (compressed) etag.insert(etag.size() - 1, "-gzip");

  Response response;
  response.fields.set("ETag", etag);
  if (representation.last_modified) response.fields.set("Last-Modified", to_http_date(*representation.last_modified));
  if (!representation.cache_control.empty()) response.fields.set("Cache-Control", representation.cache_control);
  if (representation.gzip) response.fields.set("Vary", "Accept-Encoding");

  // The order of RFC 9110 §13.2.2.
  const auto failed_precondition = [&] {
    auto refusal = plain(412, "The resource has changed since the version you specified.");
    refusal.fields.set("ETag", etag);
    return refusal;
  };
  if (const auto field = request.fields.joined("If-Match")) {
    if (!matches(*field, etag, true)) return failed_precondition();
  } else if (const auto date = date_in(request, "If-Unmodified-Since"); date && representation.last_modified) {
    if (whole_seconds(*representation.last_modified) > *date) return failed_precondition();
  }
  bool unchanged = false;
  if (const auto field = request.fields.joined("If-None-Match")) {
    unchanged = matches(*field, etag, false);
    if (unchanged && !reads) return failed_precondition();
  } else if (const auto date = date_in(request, "If-Modified-Since"); date && representation.last_modified && reads) {
    unchanged = whole_seconds(*representation.last_modified) <= *date;
  }
  if (unchanged) {
    response.status = 304;
    return response;
  }

  response.fields.set("Content-Type", representation.content_type);
  if (representation.ranges) response.fields.set("Accept-Ranges", "bytes");
  if (compressed) {
    response.fields.set("Content-Encoding", "gzip");
    response.body = std::move(*representation.gzip);
    return response;
  }
  response.body = std::move(representation.body);
  if (!representation.ranges || request.method != Method::get || !range_still_fits(request, etag, representation.last_modified))
    return response;

  const auto length = response.body.length().value;
  const auto asked = asked_of(request, length);
  if (asked.kind == Asked::Kind::unsatisfiable) {
    auto refusal = plain(416, "The file has " + std::to_string(length) + " bytes; the requested range is beyond its end.");
    refusal.fields.set("Content-Range", "bytes */" + std::to_string(length));
    refusal.fields.set("ETag", etag);
    if (!representation.cache_control.empty()) refusal.fields.set("Cache-Control", representation.cache_control);
    return refusal;
  }
  if (asked.kind == Asked::Kind::part) {
    response.status = 206;
    response.fields.set("Content-Range", "bytes " + std::to_string(asked.first) + "-" + std::to_string(asked.first + asked.count - 1) +
                                             "/" + std::to_string(length));
    response.body = response.body.part(ByteCount{asked.first}, ByteCount{asked.count});
  }
  return response;
}

}  // namespace carillon::http
