// See subscribe.hpp.

#include "site/pages/subscribe.hpp"

#include "base/encoding.hpp"
#include "site/pages/facts.hpp"
#include "site/pages/templates.hpp"

namespace carillon::site {

std::vector<AppLink> app_links(std::string_view feed, std::string_view title) {
  const auto scheme = feed.find("://");
  const std::string bare{scheme == std::string_view::npos ? feed : feed.substr(scheme + 3)};
  const auto encoded = percent_encoded(feed);
  return {{"Apple Podcasts", "podcast://" + bare},
          {"Overcast", "overcast://x-callback-url/add?url=" + encoded},
          {"Pocket Casts", "pktc://subscribe/" + bare},
          {"AntennaPod", "https://antennapod.org/deeplink/subscribe?url=" + encoded + "&title=" + percent_encoded(title)}};
}

std::string subscribe_section(const std::string& feed, const podcast::Show& show, std::string heading) {
  Values values;
  values.texts = {{"subscribe_heading", std::move(heading)}, {"feed_address", feed}};
  const auto& listen_links = show.metadata.listen_links;
  values.flags["has_listen"] = !listen_links.empty();
  auto& listen = values.lists["listen"];
  for (const auto& [name, url] : listen_links) listen.emplace_back().texts = {{"listen_name", name}, {"listen_link", link_of(url)}};
  auto& apps = values.lists["apps"];
  for (auto& [name, link] : app_links(feed, show.title))
    apps.emplace_back().texts = {{"app_name", std::string{name}}, {"app_link", std::move(link)}};
  return render(Template::subscribe, values);
}

}  // namespace carillon::site
