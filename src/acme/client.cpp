// See client.hpp. The calls of RFC 8555, one by one; how a request is signed and sent is in exchange.cpp.

#include "acme/client.hpp"

#include "acme/exchange.hpp"
#include "acme/wire.hpp"
#include "base/encoding.hpp"
#include "base/json.hpp"
#include "base/text.hpp"
#include "crypto/certificate.hpp"
#include "crypto/jws.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>

#include <cctype>

namespace carillon::acme {
namespace {

namespace json = boost::json;

constexpr std::string_view kAlreadyRevoked = "alreadyRevoked";

json::array contact_list(const std::vector<std::string>& contacts) {
  json::array list;
  for (const auto& contact : contacts) list.emplace_back(contact.contains(':') ? contact : "mailto:" + contact);
  return list;
}

std::string names_of(const NewOrder& name_options) {
  std::string text;
  for (const auto& name : name_options.names) text += (text.empty() ? "" : ", ") + name;
  return text;
}

bool is_of_name(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || std::string_view{"-._*:"}.contains(c); }

/// Whether `text` contains `name` as a whole; a full stop or colon at its end belongs to the sentence.
bool mentions(std::string_view text, std::string_view name) {
  for (auto at = text.find(name); at != std::string_view::npos; at = text.find(name, at + 1)) {
    auto rest = text.substr(at + name.size());
    if (rest.starts_with('.') || rest.starts_with(':')) rest.remove_prefix(1);
    if ((at == 0 || !is_of_name(text[at - 1])) && (rest.empty() || !is_of_name(rest.front()))) return true;
  }
  return false;
}

/// The names of an order that the CA rejects by name. A CA that objects to a single one may say so only in its message.
std::map<std::string, std::string> rejected_names(const NewOrder& order, const Failure& failure, const std::string& what) {
  if (order.names.size() < 2 || failure.status < 400 || failure.status >= 500) return {};
  std::map<std::string, std::string> rejected;
  for (const auto& name : order.names) {
    if (const auto found = failure.of_names.find(name); found != failure.of_names.end()) rejected.insert(*found);
  }
  const auto reason_at = failure.error.message.find(what + ": ");
  if (!rejected.empty() || reason_at == std::string::npos) return rejected;
  const auto reason = failure.error.message.substr(reason_at + what.size() + 2);
  for (const auto& name : order.names) {
    if (mentions(lower_ascii(reason), name)) rejected.insert_or_assign(name, reason);
  }
  return rejected.size() < order.names.size() ? rejected : std::map<std::string, std::string>{};
}

json::array identifiers_of(const NewOrder& name_options) {
  json::array list;
  for (const auto& name : name_options.names)
    list.push_back(json::object{{"type", crypto::is_ip_address(name) ? "ip" : "dns"}, {"value", name}});  // RFC 8738
  return list;
}

}  // namespace

struct Client::Impl {
  Impl(http::Outgoing& outgoing, Issuer issuer, crypto::PrivateKey key, std::string account)
      : exchange{outgoing, std::move(issuer), std::move(key), std::move(account)} {}

  /// Reads `reply` with `parse`; what can't be read is the CA's failure.
  template <class T, class Parse>
  Answer<T> read(const Reply& reply, const std::string& what, Parse parse) const {
    auto parsed = parse(reply.body, exchange.issuer().directory);
    if (!parsed) return std::unexpected(exchange.unreadable(what, parsed.error(), reply.status));
    return std::move(*parsed);
  }

  Answer<Order> read_order(const Reply& reply, std::string url, const std::string& what) const {
    auto order = read<Order>(reply, what, wire::parse_order);
    if (!order) return order;
    order->url = std::move(url);
    order->retry_after = reply.retry_after;
    return order;
  }

  Exchange exchange;
};

Client::Client(http::Outgoing& outgoing, Issuer issuer, crypto::PrivateKey account_key, std::string account_url)
    : impl_{std::make_unique<Impl>(outgoing, std::move(issuer), std::move(account_key), std::move(account_url))} {}
Client::~Client() = default;

Answer<Directory> Client::directory() { return impl_->exchange.directory(); }
void Client::forget_directory() { impl_->exchange.forget_directory(); }
std::string Client::account_url() const { return impl_->exchange.account(); }
std::optional<Time> Client::last_date() const { return impl_->exchange.last_date(); }
std::string Client::key_authorization(const std::string& token) const {
  return token + "." + crypto::jwk_thumbprint(*impl_->exchange.key());
}

Answer<std::string> Client::register_account(const std::vector<std::string>& contacts, const std::optional<ExternalAccount>& external) {
  const std::string what = "create an account";
  const auto directory = this->directory();
  if (!directory) return std::unexpected(directory.error());
  if (directory->external_account_required && !external)
    return std::unexpected(impl_->exchange.refusal(what,
                                                   "it requires external account binding; get a key ID and a MAC key from the CA, then set "
                                                   "eab_key_id and eab_hmac_key_file (externalAccountRequired)",
                                                   0, "externalAccountRequired"));
  json::object payload{{"termsOfServiceAgreed", true}};
  if (!contacts.empty()) payload["contact"] = contact_list(contacts);
  if (external) {
    const auto header = json_text(json::object{{"alg", "HS256"}, {"kid", external->key_id}, {"url", directory->new_account}});
    payload["externalAccountBinding"] = json::parse(crypto::sign_hs256(header, crypto::jwk_of(*impl_->exchange.key()), external->hmac_key));
  }
  const auto reply = impl_->exchange.post(directory->new_account, json_text(payload), what, SignedBy::key);
  if (!reply) return std::unexpected(reply.error());
  if (!wire::is_url_of_ca(reply->location, impl_->exchange.issuer().directory))
    return std::unexpected(impl_->exchange.unreadable(what, {.message = "the response has no account URL"}, reply->status));
  // RFC 8555 §7.3.1: an account that the key had before may be closed.
  if (const auto status = wire::parse_account_status(reply->body); status && *status != Status::valid)
    return std::unexpected(impl_->exchange.refusal(what, "the account for this key has been closed; a new account key is needed",
                                                   reply->status, "unauthorized"));
  impl_->exchange.use_account(reply->location);
  return reply->location;
}

Answer<void> Client::update_account(const std::vector<std::string>& contacts) {
  const auto reply = impl_->exchange.post(account_url(), json_text(json::object{{"contact", contact_list(contacts)}}),
                                          "change the account's contacts", SignedBy::account);
  if (!reply) return std::unexpected(reply.error());
  return {};
}

Answer<void> Client::deactivate_account() {
  const auto reply = impl_->exchange.post(account_url(), R"({"status":"deactivated"})", "close the account", SignedBy::account);
  if (!reply) return std::unexpected(reply.error());
  impl_->exchange.use_account({});
  return {};
}

Answer<std::string> Client::find_account() {
  const std::string what = "find the account of a key";
  const auto directory = this->directory();
  if (!directory) return std::unexpected(directory.error());
  const auto reply = impl_->exchange.post(directory->new_account, R"({"onlyReturnExisting":true})", what, SignedBy::key);
  if (!reply) return std::unexpected(reply.error());
  if (!wire::is_url_of_ca(reply->location, impl_->exchange.issuer().directory))
    return std::unexpected(impl_->exchange.unreadable(what, {.message = "the response has no account URL"}, reply->status));
  impl_->exchange.use_account(reply->location);
  return reply->location;
}

Answer<void> Client::change_key(crypto::PrivateKey next) {
  const std::string what = "change the account's key";
  const auto directory = this->directory();
  if (!directory) return std::unexpected(directory.error());
  if (directory->key_change.empty()) return std::unexpected(impl_->exchange.refusal(what, "it doesn't support this", 0, {}));
  const auto header = json_text(json::object{{"alg", "ES256"}, {"jwk", json::parse(crypto::jwk_of(next))}, {"url", directory->key_change}});
  const auto payload = json_text(json::object{{"account", account_url()}, {"oldKey", json::parse(crypto::jwk_of(*impl_->exchange.key()))}});
  const auto inner = crypto::sign_es256(header, payload, next);
  if (!inner) return std::unexpected(Failure{.error = inner.error()});
  const auto reply = impl_->exchange.post(directory->key_change, *inner, what, SignedBy::account);
  if (!reply) return std::unexpected(reply.error());
  impl_->exchange.use_key(std::move(next));
  return {};
}

Answer<Order> Client::new_order(const NewOrder& name_options) {
  const auto what = "accept an order for " + names_of(name_options);
  const auto directory = this->directory();
  if (!directory) return std::unexpected(directory.error());
  json::object payload{{"identifiers", identifiers_of(name_options)}};
  if (!name_options.profile.empty()) payload["profile"] = name_options.profile;
  if (!name_options.replaces.empty()) payload["replaces"] = name_options.replaces;
  const auto reply = impl_->exchange.post(directory->new_order, json_text(payload), what, SignedBy::account);
  if (!reply) {
    auto failure = reply.error();
    failure.of_names = rejected_names(name_options, failure, what);
    return std::unexpected(std::move(failure));
  }
  if (!wire::is_url_of_ca(reply->location, impl_->exchange.issuer().directory))
    return std::unexpected(impl_->exchange.unreadable(what, {.message = "the response has no order URL"}, reply->status));
  return impl_->read_order(*reply, reply->location, what);
}

Answer<Order> Client::order(const std::string& url) {
  const std::string what = "return the order's status";
  const auto reply = impl_->exchange.post(url, {}, what, SignedBy::account);
  if (!reply) return std::unexpected(reply.error());
  return impl_->read_order(*reply, url, what);
}

Answer<Authorization> Client::authorization(const std::string& url) {
  const std::string what = "return the authorization's status";
  const auto reply = impl_->exchange.post(url, {}, what, SignedBy::account);
  if (!reply) return std::unexpected(reply.error());
  auto authorization = impl_->read<Authorization>(*reply, what, wire::parse_authorization);
  if (!authorization) return authorization;
  authorization->url = url;
  authorization->retry_after = reply->retry_after;
  return authorization;
}

Answer<void> Client::respond(const std::string& challenge_url) {
  const auto reply = impl_->exchange.post(challenge_url, "{}", "accept the challenge response", SignedBy::account);
  if (!reply) return std::unexpected(reply.error());
  return {};
}

Answer<Order> Client::finalize(const Order& order, const std::string& request_der) {
  const std::string what = "issue the certificate";
  const auto payload = json_text(json::object{{"csr", to_base64url(as_bytes(request_der))}});
  const auto reply = impl_->exchange.post(order.finalize, payload, what, SignedBy::account);
  if (!reply) return std::unexpected(reply.error());
  return impl_->read_order(*reply, order.url, what);
}

Answer<Client::Chains> Client::download(const std::string& url) {
  const std::string what = "return the certificate";
  const auto reply = impl_->exchange.post(url, {}, what, SignedBy::account, "application/pem-certificate-chain");
  if (!reply) return std::unexpected(reply.error());
  // RFC 8555 §11.4: a CA could slip a private key or more into what we write to files. Only certificates, written by ourselves, go on.
  const auto chain = crypto::Certificate::chain_from_pem(reply->body);
  if (!chain) return std::unexpected(impl_->exchange.unreadable(what, chain.error(), reply->status));
  Chains chains;
  for (const auto& certificate : *chain) {
    const auto pem = certificate.to_pem();
    if (!pem) return std::unexpected(Failure{.error = pem.error(), .status = reply->status});
    chains.first += *pem;
  }
  for (const auto& link : reply->links) {
    for (auto& alternate : wire::alternates_in(link, impl_->exchange.issuer().directory))
      if (chains.alternates.size() < wire::kMaxAlternates) chains.alternates.push_back(std::move(alternate));
  }
  return chains;
}

Answer<void> Client::revoke(const std::string& certificate_der, int reason) {
  const std::string what = "revoke the certificate";
  const auto directory = this->directory();
  if (!directory) return std::unexpected(directory.error());
  if (directory->revoke_certificate.empty()) return std::unexpected(impl_->exchange.refusal(what, "it doesn't support revocation", 0, {}));
  const auto payload = json_text(json::object{{"certificate", to_base64url(as_bytes(certificate_der))}, {"reason", reason}});
  const auto reply = impl_->exchange.post(directory->revoke_certificate, payload, what, SignedBy::account);
  if (!reply && reply.error().type != kAlreadyRevoked) return std::unexpected(reply.error());
  return {};
}

Answer<RenewalInfo> Client::renewal_info(const std::string& certificate_id) {
  const std::string what = "return renewal information";
  const auto directory = this->directory();
  if (!directory) return std::unexpected(directory.error());
  if (directory->renewal_info.empty())
    return std::unexpected(impl_->exchange.refusal(what, "it doesn't provide renewal information", 0, {}));
  const auto parts = split(certificate_id, '.');
  if (parts.size() != 2 || !wire::is_base64url(parts[0]) || !wire::is_base64url(parts[1]))
    return std::unexpected(impl_->exchange.refusal(what, "the certificate has no identifier for a renewal request", 0, {}));
  const auto url = directory->renewal_info + (directory->renewal_info.ends_with('/') ? "" : "/") + certificate_id;
  const auto reply = impl_->exchange.get(url, what);
  if (!reply) return std::unexpected(reply.error());
  auto info = wire::parse_renewal_info(reply->body, reply->retry_after);
  if (!info) return std::unexpected(impl_->exchange.unreadable(what, info.error(), reply->status));
  return std::move(*info);
}

}  // namespace carillon::acme
