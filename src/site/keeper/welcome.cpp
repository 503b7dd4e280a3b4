// See welcome.hpp.

#include "site/keeper/welcome.hpp"

#include "base/ip/address.hpp"
#include "site/keeper/private_page.hpp"
#include "site/pages/pages.hpp"

namespace carillon::site {
namespace {

constexpr std::string_view kWelcome = "/welcome/";
constexpr ByteCount kLargestForm{8192};
constexpr const char* kBusyAgain = "10";

WelcomePage page_for(const accounts::Links::LinkNote& note, const std::string& secret) {
  const bool invited = note.kind == "invitation";
  WelcomePage page{.heading = invited ? "You're invited" : "Choose your password",
                   .sentence = invited ? "You're joining the network “" + note.network_name + "” as " + note.email + "."
                                       : "This link is for " + note.email + ".",
                   .trouble = {},
                   .action = invited ? "Accept" : "Set password",
                   .name = {},
                   .asks_name = note.needs_password,
                   .asks_password = note.needs_password,
                   .form = !note.needs_sign_in,
                   .leads_to = {},
                   .lead = {}};
  if (note.needs_sign_in) {
    // Sessions are the studio's business.
    page.sentence += " You already have an account. Sign in to accept.";
    page.leads_to = "/studio/welcome/" + secret;
    page.lead = "Sign in and accept";
  }
  return page;
}

/// Whether one of our own pages sent this form, as far as the browser says (Fetch Metadata; Origin where it does not know that).
bool is_ours(const http::Request& request) {
  if (const auto site = request.fields.get("Sec-Fetch-Site")) return *site == "same-origin";
  const auto origin = request.fields.get("Origin");
  // This page's own forms have the origin “null”, as it tells nobody where they come from.
  return !origin || *origin == "null" || *origin == "https://" + std::string(request.fields.get("Host").value_or(""));
}

http::Response used_up(const Error& error) {
  const bool gone = error.kind == ErrorKind::not_found;
  return private_page(gone ? 404 : 500, welcome_page({.heading = gone ? "This link no longer works" : "Something went wrong",
                                                      .sentence = gone ? error.message : "Try again in a moment.",
                                                      .trouble = {},
                                                      .action = {},
                                                      .name = {},
                                                      .leads_to = {},
                                                      .lead = {}}));
}

}  // namespace

asio::awaitable<std::optional<http::Response>> Welcome::answer(http::Request& request) {
  if (!request.path.starts_with(kWelcome) || request.path.size() == kWelcome.size()) co_return std::nullopt;
  const auto secret = request.path.substr(kWelcome.size());
  const bool reads = request.method == http::Method::get || request.method == http::Method::head;
  if (!reads && request.method != http::Method::post) {
    auto refused = http::plain(405, "This URL supports only GET and POST.");
    refused.fields.set("Allow", "GET, HEAD, POST");
    co_return refused;
  }
  const auto note = co_await links_.find(secret);
  if (!note) co_return used_up(note.error());
  auto page = page_for(*note, secret);
  if (reads) co_return private_page(200, welcome_page(page));
  if (!is_ours(request)) {
    page.trouble = "This form was sent from another website. If you meant to send it, use the button here.";
    co_return private_page(403, welcome_page(page));
  }

  const auto text = co_await request.body->read_all(kLargestForm);
  if (!text) co_return http::problem(text.error());
  // A form is written like a query (WHATWG URL §5.1).
  http::Request form;
  form.query = *text;
  auto name = form.query_parameter("name");
  if (name && name->empty()) name.reset();
  auto nobody = accounts::Caller::nobody();
  nobody.address_prefix = region_of(request.peer.address);
  const auto used = co_await links_.use(nobody, secret, name, form.query_parameter("password"),
                                        std::string(request.fields.get("User-Agent").value_or("")));
  if (used) {
    const bool is_in = used->signed_in.has_value();
    auto response = private_page(
        200,
        welcome_page({.heading = "Done",
                      .sentence = (is_in ? "You're signed in as " + used->person.email + "." : used->person.email + " can sign in now.") +
                                  " This link has been used and no longer works.",
                      .trouble = {},
                      .action = {},
                      .name = {},
                      .leads_to = is_in ? "/studio/?signed-in" : "/studio/",
                      .lead = is_in ? "Open the studio" : "Sign in"}));
    if (is_in) response.fields.add("Set-Cookie", accounts::session_cookie(used->signed_in->secret));
    if (!used->device.empty()) response.fields.add("Set-Cookie", accounts::device_cookie(used->device));
    co_return response;
  }
  if (used.error().kind == ErrorKind::unavailable) {
    page.name = name.value_or("");
    page.trouble = used.error().message;
    auto response = private_page(503, welcome_page(page));
    response.fields.set("Retry-After", kBusyAgain);
    co_return response;
  }
  if (used.error().kind != ErrorKind::invalid && used.error().kind != ErrorKind::refused) co_return used_up(used.error());
  page.trouble = used.error().message;
  page.name = name.value_or("");
  co_return private_page(used.error().kind == ErrorKind::refused ? 403 : 422, welcome_page(page));
}

}  // namespace carillon::site
