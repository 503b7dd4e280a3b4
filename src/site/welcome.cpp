// See welcome.hpp.

#include "site/welcome.hpp"

#include "crypto/password.hpp"
#include "site/pages.hpp"
#include "stats/address.hpp"

namespace carillon::site {
namespace {

constexpr std::string_view kWelcome = "/welcome/";
constexpr ByteCount kLargestForm{8192};
/// The secret stands in the address: nothing is kept, nothing is told to others, nobody frames it.
constexpr std::string_view kContentSecurityPolicy =
    "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

http::Response private_page(int status, std::string html) {
  auto response = http::html(status, std::move(html));
  response.fields.set("Cache-Control", "no-store");
  response.fields.set("Referrer-Policy", "no-referrer");
  response.fields.set("X-Content-Type-Options", "nosniff");
  response.fields.set("Content-Security-Policy", std::string{kContentSecurityPolicy});
  return response;
}

WelcomePage page_for(const accounts::Accounts::LinkNote& note) {
  const bool invited = note.kind == "invitation";
  return {.heading = invited ? "You are invited" : "Choose your password",
          .sentence = invited ? "You join the network “" + note.network + "” as " + note.email + "." : "It is for " + note.email + ".",
          .trouble = {},
          .action = invited ? "Accept" : "Set the password",
          .name = {},
          .asks_name = note.needs_password,
          .asks_password = note.needs_password,
          .form = true};
}

http::Response used_up(const Error& error) {
  const bool gone = error.kind == ErrorKind::not_found;
  return private_page(gone ? 404 : 500, welcome_page({.heading = gone ? "This link does not work any more" : "Something went wrong",
                                                      .sentence = gone ? error.message : "Try again in a moment.",
                                                      .trouble = {},
                                                      .action = {},
                                                      .name = {}}));
}

}  // namespace

asio::awaitable<std::optional<http::Response>> Welcome::answer(http::Request& request) {
  if (!request.path.starts_with(kWelcome) || request.path.size() == kWelcome.size()) co_return std::nullopt;
  const auto secret = request.path.substr(kWelcome.size());
  const bool reads = request.method == http::Method::get || request.method == http::Method::head;
  if (!reads && request.method != http::Method::post) {
    auto refused = http::plain(405, "This address takes GET and POST.");
    refused.fields.set("Allow", "GET, HEAD, POST");
    co_return refused;
  }
  const auto note = co_await accounts_.link(secret);
  if (!note) co_return used_up(note.error());
  auto page = page_for(*note);
  if (reads) co_return private_page(200, welcome_page(page));

  const auto text = co_await request.body->read_all(kLargestForm);
  if (!text) co_return http::problem(text.error());
  // A form is written like a query (WHATWG URL §5.1).
  http::Request form;
  form.query = *text;
  auto name = form.query_parameter("name");
  if (name && name->empty()) name.reset();
  const auto person = co_await accounts_.use_link(secret, name, form.query_parameter("password"), stats::prefix_of(request.peer.address));
  if (person)
    co_return private_page(
        200, welcome_page({.heading = "Done",
                           .sentence = person->email + " can sign in now. This link has done its work and is worth nothing any more.",
                           .trouble = {},
                           .action = {},
                           .name = {},
                           .leads_on = true}));
  if (person.error().kind != ErrorKind::invalid) co_return used_up(person.error());
  page.trouble = person.error().message;
  page.name = name.value_or("");
  co_return private_page(422, welcome_page(page));
}

}  // namespace carillon::site
