// See update.hpp. Updates go over TCP: there are few of them, and no one can forge a response from elsewhere.

#include "dns/update.hpp"

#include "base/spoken_time.hpp"
#include "base/text.hpp"
#include "dns/exchange_impl.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <algorithm>
#include <cstring>

namespace carillon::dns {
namespace {

using std::chrono::seconds;

/// The clocks may differ by this much (RFC 8945 §10).
constexpr std::uint16_t kFudge = 300;
constexpr std::size_t kLongestString = 255;  // RFC 1035 §3.3
/// Errors within TSIG records (RFC 8945 §3).
constexpr int kBadSignature = 16, kBadKey = 17, kBadTime = 18;
/// Fields of a TSIG record (RFC 8945 §4.2).
constexpr std::size_t kTimeField = 1, kMacField = 3, kErrorField = 5, kOtherField = 6, kTsigFields = 7;
constexpr std::size_t kTimeBytes = 6;

struct FreeRecords {
  void operator()(ldns_rr_list* list) const noexcept { ldns_rr_list_deep_free(list); }
};
struct FreeRecord {
  void operator()(ldns_rr* record) const noexcept { ldns_rr_free(record); }
};
struct FreeBuffer {
  void operator()(ldns_buffer* buffer) const noexcept { ldns_buffer_free(buffer); }
};
struct FreeBytes {
  void operator()(std::uint8_t* bytes) const noexcept { ::free(bytes); }
};
using Records = std::unique_ptr<ldns_rr_list, FreeRecords>;
using Record = std::unique_ptr<ldns_rr, FreeRecord>;
using Buffer = std::unique_ptr<ldns_buffer, FreeBuffer>;
using Bytes = std::unique_ptr<std::uint8_t, FreeBytes>;

std::unexpected<Error> no_memory() { return fail(ErrorKind::internal, "out of memory for a DNS update"); }

/// A TXT record in strings of at most 255 bytes.
Record text_record(const std::string& name, std::string_view text) {
  Record record{ldns_rr_new()};
  auto owner = name_data(name);
  if (!record || !owner) return {};
  ldns_rr_set_type(record.get(), LDNS_RR_TYPE_TXT);
  ldns_rr_set_owner(record.get(), owner.release());
  do {
    const auto part = text.substr(0, kLongestString);
    text.remove_prefix(part.size());
    std::string bytes(1, static_cast<char>(part.size()));
    bytes += part;
    Data data{ldns_rdf_new_frm_data(LDNS_RDF_TYPE_STR, bytes.size(), bytes.data())};
    if (!data || !ldns_rr_push_rdf(record.get(), data.get())) return {};
    static_cast<void>(data.release());
  } while (!text.empty());
  return record;
}

sockaddr_storage socket_address(const ServerAddress& server, socklen_t& length) {
  sockaddr_storage storage{};
  sockaddr_in v4{.sin_family = AF_INET, .sin_port = htons(server.port)};
  sockaddr_in6 v6{.sin6_family = AF_INET6, .sin6_port = htons(server.port)};
  if (::inet_pton(AF_INET, server.address.c_str(), &v4.sin_addr) == 1) {
    std::memcpy(&storage, &v4, length = sizeof v4);
  } else {
    ::inet_pton(AF_INET6, server.address.c_str(), &v6.sin6_addr);
    std::memcpy(&storage, &v6, length = sizeof v6);
  }
  return storage;
}

std::optional<std::string_view> tsig_field(const ldns_pkt* packet, std::size_t field) {
  const auto* tsig = ldns_pkt_tsig(packet);
  if (tsig == nullptr || ldns_rr_rd_count(tsig) < kTsigFields) return {};
  return as_view(ldns_rr_rdf(tsig, field));
}

std::optional<std::int64_t> big_endian(std::string_view bytes) {
  std::int64_t value = 0;
  for (const char c : bytes) value = value << 8 | static_cast<unsigned char>(c);
  return value;
}

int tsig_error(const ldns_pkt* packet) {
  const auto field = tsig_field(packet, kErrorField);
  return field && field->size() == 2 ? static_cast<int>(*big_endian(*field)) : 0;
}

/// By how much the server's clock is ahead of ours, according to a BADTIME response (RFC 8945 §5.2.3); none: it doesn't say.
std::optional<seconds> server_ahead(const ldns_pkt* answer, std::int64_t signed_at) {
  const auto other = tsig_field(answer, kOtherField);
  // After its length in two bytes.
  if (!other || other->size() != 2 + kTimeBytes) return {};
  return seconds{*big_endian(other->substr(2)) - signed_at};
}

}  // namespace

Result<std::string> Updater::zone_of(const std::string& given) const {
  const auto name = checked_name(given);
  if (!name) return std::unexpected(name.error());
  const auto question = name_data(*name);
  if (!question) return fail(ErrorKind::invalid, "“" + given + "” isn't a DNS name.");
  const auto answer = ask_server(server_, question.get(), LDNS_RR_TYPE_SOA, timeout_);
  if (!answer)
    return fail(ErrorKind::unavailable, "The name server " + text_of(server_) + " doesn't respond: " + answer.error().message + ".");
  const auto code = ldns_pkt_get_rcode(answer->get());
  for (const auto* section : {ldns_pkt_answer(answer->get()), ldns_pkt_authority(answer->get())}) {
    for (std::size_t i = 0; i < ldns_rr_list_rr_count(section); ++i) {
      const auto* record = ldns_rr_list_rr(section, i);
      if (ldns_rr_get_type(record) != LDNS_RR_TYPE_SOA) continue;
      auto zone = name_text(ldns_rr_owner(record));
      if (*name == zone || name->ends_with("." + zone)) return zone;
    }
  }
  return fail(ErrorKind::refused, "The name server " + text_of(server_) + " has no zone that " + *name + " belongs to" +
                                      (code == LDNS_RCODE_NOERROR ? "." : " (" + code_text(code) + ")."));
}

Result<> Updater::add_text(const std::string& zone, const std::string& name, const std::string& text, seconds lifetime) const {
  return change(Change::add, zone, name, text, lifetime);
}

Result<> Updater::remove_text(const std::string& zone, const std::string& name, const std::string& text) const {
  return change(Change::remove, zone, name, text, {});
}

Result<> Updater::change(Change kind, const std::string& given_zone, const std::string& given, const std::string& text,
                         seconds lifetime) const {
  const auto name = checked_name(given), zone = checked_name(given_zone);
  if (!name) return std::unexpected(name.error());
  if (!zone) return std::unexpected(zone.error());
  auto record = text_record(*name, text);
  auto zone_name = name_data(*zone);
  const Records updates{ldns_rr_list_new()};
  if (!record || !zone_name || !updates) return no_memory();
  // RFC 2136 §2.5.1 and §2.5.4.
  ldns_rr_set_class(record.get(), kind == Change::add ? LDNS_RR_CLASS_IN : LDNS_RR_CLASS_NONE);
  ldns_rr_set_ttl(record.get(), static_cast<std::uint32_t>(lifetime.count()));
  if (!ldns_rr_list_push_rr(updates.get(), record.get())) return no_memory();
  static_cast<void>(record.release());
  const Packet packet{ldns_update_pkt_new(zone_name.release(), LDNS_RR_CLASS_IN, nullptr, updates.get(), nullptr)};
  if (!packet) return no_memory();
  ldns_pkt_set_random_id(packet.get());
  const auto with_key = key_ ? "the TSIG key “" + key_->name + "”" : std::string{};
  const auto algorithm = key_ ? key_->algorithm + "." : std::string{};
  if (key_ && ldns_pkt_tsig_sign(packet.get(), (key_->name + ".").c_str(), key_->secret.c_str(), kFudge, algorithm.c_str(), nullptr) !=
                  LDNS_STATUS_OK)
    return fail(ErrorKind::invalid, "The update of " + *name + " can't be signed with " + with_key + ".");
  const auto signed_at = tsig_field(packet.get(), kTimeField);
  const Buffer wire{ldns_buffer_new(LDNS_MIN_BUFLEN)};
  if (!wire || ldns_pkt2buffer_wire(wire.get(), packet.get()) != LDNS_STATUS_OK) return no_memory();

  socklen_t length = 0;
  const auto to = socket_address(server_, length);
  const auto whole = std::chrono::floor<seconds>(timeout_);
  const timeval timeout{.tv_sec = whole.count(), .tv_usec = std::chrono::microseconds(timeout_ - whole).count()};
  std::uint8_t* received = nullptr;
  std::size_t size = 0;
  const auto sent = ldns_tcp_send(&received, wire.get(), &to, length, timeout, &size);
  const Bytes bytes{received};
  const auto server = "The name server " + text_of(server_);
  if (sent != LDNS_STATUS_OK || !bytes)
    return fail(ErrorKind::unavailable, server + " doesn't respond to updates: " + lower_ascii(ldns_get_errorstr_by_id(sent)) + ".");
  ldns_pkt* parsed = nullptr;
  if (ldns_wire2pkt(&parsed, bytes.get(), size) != LDNS_STATUS_OK)
    return fail(ErrorKind::unavailable, server + " sent a malformed answer.");
  const Packet answer{parsed};
  if (!ldns_pkt_qr(answer.get()) || ldns_pkt_id(answer.get()) != ldns_pkt_id(packet.get()))
    return fail(ErrorKind::unavailable, server + " responded to a different message.");

  const auto code = ldns_pkt_get_rcode(answer.get());
  switch (tsig_error(answer.get())) {
    case 0:
      break;
    case kBadKey:
      return fail(ErrorKind::refused, server + " doesn't know " + with_key + " (BADKEY): check its name and algorithm on both sides.");
    case kBadSignature:
      return fail(ErrorKind::refused, server + " rejects the signature made with " + with_key + " (BADSIG): the secrets differ.");
    case kBadTime: {
      const auto ahead = server_ahead(answer.get(), signed_at ? big_endian(*signed_at).value_or(0) : 0);
      const auto off = ahead ? "this machine's clock is " + span_text(std::chrono::abs(*ahead)) +
                                   (*ahead > seconds{0} ? " behind" : " ahead of") + " the server's"
                             : "the clocks differ by more than " + std::to_string(kFudge / 60) + " minutes";
      return fail(ErrorKind::refused, server + " rejects signed updates because of the time (BADTIME): " + off +
                                          ". Check both clocks with `timedatectl status`.");
    }
    default:
      return fail(ErrorKind::refused, server + " rejects " + with_key + " (TSIG error " + std::to_string(tsig_error(answer.get())) + ").");
  }
  const auto signature = key_ ? " with " + with_key : std::string{" without a TSIG key"};
  switch (code) {
    case LDNS_RCODE_NOERROR:
      break;
    case LDNS_RCODE_REFUSED:
      return fail(ErrorKind::refused, server + " refuses updates of " + *name + signature +
                                          " (REFUSED): allow them there (`update-policy` in BIND, `acl` in Knot).");
    case LDNS_RCODE_NOTAUTH:  // some answer so when they don't allow it, too
      return fail(ErrorKind::refused, server + " isn't the primary of the zone " + *zone + ", or doesn't allow updates of it" + signature +
                                          " (NOTAUTH): check `update-policy` in BIND, `acl` in Knot.");
    case LDNS_RCODE_NOTZONE:
      return fail(ErrorKind::refused, server + " says that " + *name + " isn't in the zone " + *zone + " (NOTZONE).");
    case LDNS_RCODE_SERVFAIL:
      return fail(ErrorKind::unavailable, server + " could not update " + *name + " (SERVFAIL); its log says why.");
    default:
      return fail(ErrorKind::refused, server + " rejects the update of " + *name + " (" + code_text(code) + ").");
  }
  if (!key_) return {};
  const auto* tsig = ldns_pkt_tsig(packet.get());
  const auto* mac = ldns_rr_rdf(tsig, kMacField);
  if (ldns_pkt_tsig(answer.get()) == nullptr ||
      !ldns_pkt_tsig_verify(answer.get(), bytes.get(), size, (key_->name + ".").c_str(), key_->secret.c_str(), mac))
    return fail(ErrorKind::unavailable, server + " sent an answer that isn't signed with " + with_key + ".");
  return {};
}

}  // namespace carillon::dns
