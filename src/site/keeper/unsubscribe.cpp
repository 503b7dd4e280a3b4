// See unsubscribe.hpp.

#include "site/keeper/unsubscribe.hpp"

#include "site/keeper/private_page.hpp"
#include "site/pages/pages.hpp"

namespace carillon::site {
namespace {

constexpr std::string_view kUnsubscribe = "/unsubscribe/";

http::Response page_of(int status, std::string heading, std::string sentence, std::string action = {}) {
  const bool form = !action.empty();
  return private_page(status, welcome_page({.heading = std::move(heading),
                                            .sentence = std::move(sentence),
                                            .trouble = {},
                                            .action = std::move(action),
                                            .name = {},
                                            .form = form,
                                            .leads_to = {},
                                            .lead = {}}));
}

http::Response page_of(const Error& error) {
  if (error.kind == ErrorKind::not_found) return page_of(404, "This link no longer works", error.message);
  return page_of(500, "Something went wrong", "Try again in a moment.");
}

}  // namespace

asio::awaitable<std::optional<http::Response>> Unsubscribe::answer(http::Request& request) {
  if (!request.path.starts_with(kUnsubscribe) || request.path.size() == kUnsubscribe.size()) co_return std::nullopt;
  const auto token = request.path.substr(kUnsubscribe.size());
  if (request.method == http::Method::get || request.method == http::Method::head) {
    const auto found = co_await workers_.run([&] { return mails_.find(token); });
    if (!found) co_return page_of(found.error());
    co_return page_of(200, "Unsubscribe", "Do you want to stop getting the weekly figures of “" + found->network + "”?", "Unsubscribe");
  }
  if (request.method == http::Method::post) {
    const auto done = co_await workers_.run([&] { return mails_.unsubscribe_with(token); });
    if (!done) co_return page_of(done.error());
    co_return page_of(200, "Unsubscribed", "You won't get the weekly figures any more. You can subscribe again in the studio.");
  }
  auto refused = http::plain(405, "This URL supports only GET and POST.");
  refused.fields.set("Allow", "GET, HEAD, POST");
  co_return refused;
}

}  // namespace carillon::site
