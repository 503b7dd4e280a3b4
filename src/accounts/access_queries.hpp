#pragma once
// The SQL of how people are known: sessions, tokens, one-time links, failed attempts. Every function runs within its caller's transaction.
// Digests are hexadecimal SHA-256 of the secrets.

#include "accounts/accounts.hpp"

namespace carillon::accounts::queries {

struct SessionRow {
  Session session;
  std::string digest, csrf, person_id;
};
void insert(db::Session& session, const SessionRow& row);
[[nodiscard]] std::optional<SessionRow> session_with(db::Session& session, const std::string& digest);
[[nodiscard]] std::optional<SessionRow> session_with_id(db::Session& session, const std::string& id);
[[nodiscard]] std::vector<Session> sessions_of(db::Session& session, const std::string& person_id, Time now);
/// `created` is what it was, or earlier.
void use_session(db::Session& session, const std::string& id, Time created, Time now, Time ends);
void remove_session(db::Session& session, const std::string& id);
void remove_sessions_of(db::Session& session, const std::string& person_id, const std::string& but);

struct TokenRow {
  Token token;
  std::string digest, person_id;
};
void insert(db::Session& session, const TokenRow& row);
[[nodiscard]] std::optional<TokenRow> token_with(db::Session& session, const std::string& digest);
[[nodiscard]] std::optional<TokenRow> token_with_id(db::Session& session, const std::string& id);
[[nodiscard]] std::vector<Token> tokens_of(db::Session& session, const std::string& person_id);
void use_token(db::Session& session, const std::string& id, Time now);
void remove_token(db::Session& session, const std::string& id);
void remove_tokens_of(db::Session& session, const std::string& person_id);

struct LinkRow {
  std::string id, digest, kind, email, name, network, role;
  std::string made_by;  ///< the id of who invited or handed the link over; "" for whoever sits at the machine, and where the person asked
  Time created, ends;
};
void insert(db::Session& session, const LinkRow& row);
[[nodiscard]] std::optional<LinkRow> link_with(db::Session& session, const std::string& digest);
[[nodiscard]] std::optional<LinkRow> link_with_id(db::Session& session, const std::string& id);
[[nodiscard]] std::vector<LinkRow> invitations_to(db::Session& session, const std::string& network, Time now);
void remove_link(db::Session& session, const std::string& id);
void remove_password_links_of(db::Session& session, const std::string& email);
/// Invitations, too.
void remove_links_of(db::Session& session, const std::string& email);
/// Links to others that this person made and could not make any more: they are disabled or gone, give that role no longer, or (for links
/// that set a password) are no operator. They may know them still.
void remove_stale_links_by(db::Session& session, const std::string& person_id);
void remove_invitations_of(db::Session& session, const std::string& email, const std::string& network);
/// The password links for this address that are good at `now` and were made to last no longer than `lasting`.
[[nodiscard]] std::size_t password_links_of(db::Session& session, const std::string& email, Duration lasting, Time now);
/// Another secret for a link that is there.
void renew_link(db::Session& session, const std::string& id, const std::string& digest, Time ends);

struct Failures {
  int count = 0;
  Time last;
};
[[nodiscard]] Failures failures_of(db::Session& session, const std::string& subject);
void set_failures(db::Session& session, const std::string& subject, const Failures& failures);
void forget_failures(db::Session& session, const std::string& subject);

/// What was begun after `now`, by a clock that was ahead, is taken to begin now and to last as long as it was meant to: sessions, devices,
/// links. Failures and uses after `now` are taken to be of now.
void pull_back_to(db::Session& session, Time now);
/// Everything that ended before `now`; failures older than `forgotten`.
void remove_ended(db::Session& session, Time now, Time forgotten);

}  // namespace carillon::accounts::queries
