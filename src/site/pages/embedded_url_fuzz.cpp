// Any address that somebody wants to embed: only ours are taken, and what is taken is a slug or an id.

#include "base/id.hpp"
#include "base/text.hpp"
#include "site/pages/embedding.hpp"

#include <cstdlib>

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  using namespace carillon;
  static const site::Places kPlaces{
      podcast::Addresses{"https://pod.example.org"}, {"https://old.example.org:8443"}, [](const std::string& host) {
        return host == "podcast.example.net" ? std::optional<std::string>{"demo"} : std::nullopt;
      }};
  const std::string_view url{reinterpret_cast<const char*>(data), size};
  const auto found = site::embeddable_in(url, kPlaces);
  if (!found) return 0;
  const auto address = lower_ascii(trimmed(url));
  const bool ours = address.starts_with("https://pod.example.org") || address.starts_with("https://old.example.org:8443") ||
                    (address.starts_with("https://podcast.example.net") && found->place.show == "demo");
  const bool whole =
      found->id.empty() ? is_slug(found->show) && (found->slug.empty() || is_slug(found->slug)) : is_id(found->id) && found->show.empty();
  if (!ours || !whole || size > site::kLongestEmbeddedUrl) std::abort();
  return 0;
}
