// See router.hpp.

#include "http/router.hpp"

#include "base/text.hpp"

namespace carillon::http {

std::optional<std::map<std::string, std::string, std::less<>>> match(std::string_view pattern, std::string_view path) {
  const auto wanted = split(pattern, '/');
  const auto given = split(path, '/');
  if (wanted.size() != given.size()) return {};
  std::map<std::string, std::string, std::less<>> parameters;
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    const auto part = wanted[i];
    const bool takes_any = part.starts_with('{') && part.ends_with('}');
    if (!takes_any) {
      if (part != given[i]) return {};
      continue;
    }
    if (given[i].empty()) return {};
    parameters.emplace(part.substr(1, part.size() - 2), given[i]);
  }
  return parameters;
}

void Allowed::add(Method method) {
  if (!methods_.empty()) methods_ += ", ";
  methods_ += name_of(method);
  if (method == Method::get) methods_ += ", HEAD";
}

Response Allowed::refusal() const {
  if (methods_.empty()) return not_found("There's nothing at this address.");
  auto response = plain(405, "This address doesn't support that method.");
  response.fields.set("Allow", methods_);
  return response;
}

}  // namespace carillon::http
