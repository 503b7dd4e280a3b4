// Accounts (RFC 8555 §7.3).

#include "testca/authority_impl.hpp"

#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>

#include <algorithm>

namespace carillon::testca {
namespace {

namespace json = boost::json;

/// None when the payload says nothing about contacts.
Outcome<std::optional<std::vector<std::string>>> contacts_in(const json::object& payload) {
  const auto* value = payload.if_contains("contact");
  if (value == nullptr) return std::optional<std::vector<std::string>>{};
  std::vector<std::string> contacts;
  if (!value->is_array()) return problem(400, "malformed", "\"contact\" isn't an array.");
  for (const auto& contact : value->get_array()) {
    const std::string text = contact.is_string() ? std::string(contact.get_string()) : "";
    if (!text.starts_with("mailto:")) return problem(400, "unsupportedContact", "\"" + text + "\" isn't a mailto: contact.");
    if (!text.contains('@') || text.contains(',') || text.contains('?'))
      return problem(400, "invalidContact", "\"" + text + "\" isn't a single email address.");
    contacts.push_back(text);
  }
  return contacts;
}

bool says(const json::object& payload, std::string_view name) {
  const auto* value = payload.if_contains(name);
  return value != nullptr && value->is_bool() && value->get_bool();
}

}  // namespace

http::OutgoingAnswer Authority::Impl::account_answer(int status, const Account& account) const {
  auto answer =
      json_answer(status, {{"status", name_of(account.state)}, {"contact", json::array(account.contacts.begin(), account.contacts.end())}});
  answer.fields.set("Location", url("account", account.number));
  return answer;
}

Outcome<void> Authority::Impl::check_external_account(const Call& call, const json::object& payload) const {
  const auto* binding = payload.if_contains("externalAccountBinding");
  if (binding == nullptr) {
    if (settings.external_account_required) return problem(403, "externalAccountRequired", "This CA requires external account binding.");
    return {};
  }
  // RFC 8555 §7.3.4: signed with the MAC key, for the same URL, over the very key of the account.
  const auto inner = read_message(*binding);
  if (!inner) return std::unexpected(inner.error());
  const auto key = settings.external_accounts.find(inner->key_id);
  if (key == settings.external_accounts.end())
    return problem(403, "unauthorized", "The external account \"" + inner->key_id + "\" is unknown.");
  if (!is_authenticated_by(*inner, key->second))
    return problem(403, "unauthorized", "The external account binding has an invalid signature.");
  if (inner->url != call.request.url || !inner->nonce.empty())
    return problem(400, "malformed", "The external account binding has the wrong url, or contains a nonce.");
  boost::system::error_code error;
  const auto bound = read_jwk(json::parse(inner->payload, error));
  if (error || !bound || bound->canonical != call.key->canonical)
    return problem(400, "malformed", "The external account binding is for a different key.");
  return {};
}

Reply Authority::Impl::new_account(Call& call) {
  const auto payload = read_object(call.message.payload, "payload");
  if (!payload) return std::unexpected(payload.error());
  if (const auto known = memory.account_by_key.find(call.key->canonical); known != memory.account_by_key.end()) {
    const auto& existing = memory.accounts.at(known->second);
    if (existing.state != State::valid) return problem(401, "unauthorized", "The account of this key is deactivated.");
    return account_answer(200, existing);
  }
  if (says(*payload, "onlyReturnExisting")) return problem(400, "accountDoesNotExist", "There is no account with this key.");
  if (!settings.terms_of_service.empty() && !says(*payload, "termsOfServiceAgreed"))
    return problem(403, "userActionRequired", "The terms of service at " + settings.terms_of_service + " must be accepted.");
  auto contacts = contacts_in(*payload);
  if (!contacts) return std::unexpected(std::move(contacts.error()));
  if (auto bound = check_external_account(call, *payload); !bound) return std::unexpected(std::move(bound.error()));
  const auto number = next++;
  auto& made = memory.accounts[number];
  made = {.number = number, .key = *call.key, .contacts = contacts->value_or(std::vector<std::string>{})};
  memory.account_by_key[made.key.canonical] = number;
  note({.time = call.now, .act = Act::account, .account = number, .names = {}, .type = {}, .detail = "created"});
  return account_answer(201, made);
}

Reply Authority::Impl::account(Call& call) {
  if (number_in(call) != call.account->number) return problem(403, "unauthorized", call.request.url + " is a different account.");
  if (call.message.payload.empty()) return account_answer(200, *call.account);
  const auto payload = read_object(call.message.payload, "payload");
  if (!payload) return std::unexpected(payload.error());
  auto contacts = contacts_in(*payload);
  if (!contacts) return std::unexpected(std::move(contacts.error()));
  if (*contacts) call.account->contacts = std::move(**contacts);
  const bool deactivate = text_member(*payload, "status") == "deactivated";
  if (deactivate) call.account->state = State::deactivated;
  note({.time = call.now,
        .act = Act::account,
        .account = call.account->number,
        .names = {},
        .type = {},
        .detail = deactivate ? "deactivated" : "changed"});
  return account_answer(200, *call.account);
}

Reply Authority::Impl::key_change(Call& call) {
  // RFC 8555 §7.3.5: the inner message is signed by the new key and names account and old key.
  const auto inner = read_message(call.message.payload);
  if (!inner) return std::unexpected(inner.error());
  auto key = read_jwk(inner->jwk);
  if (!key) return std::unexpected(std::move(key.error()));
  if (settings.verify_signatures && !is_signed_by(*inner, *key)) return problem(400, "malformed", "The inner signature is invalid.");
  const auto payload = read_object(inner->payload, "inner payload");
  if (!payload) return std::unexpected(payload.error());
  const auto* old_key = payload->if_contains("oldKey");
  const auto old = read_jwk(old_key != nullptr ? *old_key : json::value{});
  if (inner->url != call.request.url || text_member(*payload, "account") != call.message.key_id || !old ||
      old->canonical != call.account->key.canonical)
    return problem(400, "malformed", "The inner message is for a different url, account or key.");
  if (const auto taken = memory.account_by_key.find(key->canonical); taken != memory.account_by_key.end()) {
    auto conflict = answer_of({.status = 409, .type = "malformed", .detail = "This key belongs to another account.", .retry_after = {}});
    conflict.fields.set("Location", url("account", taken->second));
    return conflict;
  }
  memory.account_by_key.erase(call.account->key.canonical);
  call.account->key = std::move(*key);
  memory.account_by_key[call.account->key.canonical] = call.account->number;
  note({.time = call.now, .act = Act::account, .account = call.account->number, .names = {}, .type = {}, .detail = "key changed"});
  return account_answer(200, *call.account);
}

}  // namespace carillon::testca
