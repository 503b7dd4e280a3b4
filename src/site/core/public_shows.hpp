#pragma once
// The shows as the public reads them: from the catalogue, unless they were taken down.

#include "accounts/suspensions.hpp"
#include "http/message.hpp"
#include "podcast/catalogue/catalogue.hpp"

namespace carillon::site {

namespace asio = boost::asio;

/// Any event loop.
class PublicShows {
 public:
  PublicShows(podcast::Catalogue& catalogue, const accounts::Suspensions& suspensions) : catalogue_{catalogue}, suspensions_{suspensions} {}

  [[nodiscard]] podcast::Catalogue& catalogue() const noexcept { return catalogue_; }
  /// The snapshot of the show with this slug, taken down or not; null when there is none.
  [[nodiscard]] asio::awaitable<std::shared_ptr<const podcast::ShowSnapshot>> named(std::string slug) const;
  /// The answer at the path of `request` when named() knows no show of `slug`: 301 to the same path with the slug that the show has now,
  /// 410 when it was deleted, else 404 with `sentence`.
  [[nodiscard]] asio::awaitable<http::Response> missing(const http::Request& request, std::string slug, std::string sentence) const;
  /// Likewise for an episode that was deleted, with its show or alone.
  [[nodiscard]] asio::awaitable<http::Response> missing_episode(std::string id, std::string sentence) const;
  [[nodiscard]] asio::awaitable<http::Response> missing_episode(std::string show_id, std::string slug, std::string sentence) const;
  [[nodiscard]] bool is_taken_down(std::string_view network, std::string_view slug) const;
  /// Another one after each takedown and its end.
  [[nodiscard]] std::shared_ptr<const void> takedowns() const { return suspensions_.version(); }
  /// 451 with the reason (RFC 7725) for what was taken down; none for what is served.
  [[nodiscard]] std::optional<http::Response> taken_down(const podcast::Show& show) const;
  [[nodiscard]] std::optional<http::Response> taken_down(std::string_view network, std::string_view slug) const;

 private:
  podcast::Catalogue& catalogue_;
  const accounts::Suspensions& suspensions_;
};

}  // namespace carillon::site
