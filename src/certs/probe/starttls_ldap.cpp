// LDAP: the StartTLS operation (RFC 4511 §4.14) in BER (§5.1). See starttls_impl.hpp.

#include "base/text.hpp"
#include "certs/probe/starttls_impl.hpp"

#include <array>
#include <optional>
#include <span>
#include <string>

namespace carillon::certs {
namespace {

constexpr unsigned char kSequence = 0x30, kInteger = 0x02, kEnumerated = 0x0A, kOctetString = 0x04;
constexpr unsigned char kExtendedResponse = 0x78;  ///< [APPLICATION 24]
constexpr unsigned char kLongLength = 0x80;
constexpr std::size_t kMaxLengthBytes = 4;
/// LDAPMessage 1 with ExtendedRequest [APPLICATION 23] { requestName [0] 1.3.6.1.4.1.1466.20037 }.
constexpr std::string_view kStartTlsRequest =
    "\x30\x1d\x02\x01\x01\x77\x18\x80\x16"
    "1.3.6.1.4.1.1466.20037";

struct ResultCode {
  std::uint64_t code;
  std::string_view name;
};
/// The results that servers give for StartTLS (RFC 4511 §4.14.1 and appendix A).
constexpr std::array kResults{ResultCode{1, "operationsError"},
                              ResultCode{2, "protocolError"},
                              ResultCode{8, "strongerAuthRequired"},
                              ResultCode{10, "referral"},
                              ResultCode{13, "confidentialityRequired"},
                              ResultCode{51, "busy"},
                              ResultCode{52, "unavailable"},
                              ResultCode{53, "unwillingToPerform"},
                              ResultCode{80, "other"}};

/// Reads elements one after the other.
class Reader {
 public:
  explicit Reader(std::string_view bytes) noexcept : bytes_{bytes} {}

  /// The content of the next element if it has this tag.
  std::optional<std::string_view> take(unsigned char tag) {
    if (bytes_.size() < 2 || static_cast<unsigned char>(bytes_[0]) != tag) return {};
    std::size_t length = static_cast<unsigned char>(bytes_[1]);
    std::size_t head = 2;
    if (length >= kLongLength) {
      const auto count = length - kLongLength;
      if (count == 0 || count > kMaxLengthBytes || bytes_.size() < head + count) return {};
      length = 0;
      for (std::size_t i = 0; i < count; ++i) length = length << 8 | static_cast<unsigned char>(bytes_[head + i]);
      head += count;
    }
    if (bytes_.size() - head < length) return {};
    const auto content = bytes_.substr(head, length);
    bytes_.remove_prefix(head + length);
    return content;
  }

  std::optional<std::uint64_t> take_number(unsigned char tag) {
    const auto content = take(tag);
    if (!content || content->empty() || content->size() > kMaxLengthBytes) return {};
    std::uint64_t number = 0;
    for (const char byte : *content) number = number << 8 | static_cast<unsigned char>(byte);
    return number;
  }

 private:
  std::string_view bytes_;
};

class Ldap final : public StartTlsProtocol {
 public:
  std::string opening() override { return std::string(kStartTlsRequest); }

  std::string take(char byte) override {
    bytes_ += byte;
    if (bytes_.size() == 1 && static_cast<unsigned char>(byte) != kSequence) return other_protocol();
    if (!end_) {
      if (!take_length(static_cast<unsigned char>(byte))) return other_protocol();
      if (!end_) return {};
    }
    if (*end_ > kLongestDialogueLine) return other_protocol();
    return bytes_.size() < *end_ ? std::string{} : take_message();
  }

 private:
  std::string other_protocol() { return foreign("it responds, but not with LDAP"); }

  /// Reads the message's length, a byte at a time; false if it isn't one. Its indefinite form isn't allowed (RFC 4511 §5.1).
  bool take_length(unsigned char byte) {
    if (bytes_.size() == 1) return true;
    if (bytes_.size() == 2) {
      if (byte < kLongLength) end_ = 2 + byte;
      length_bytes_ = byte - std::size_t{kLongLength};
      return end_ || (length_bytes_ > 0 && length_bytes_ <= kMaxLengthBytes);
    }
    length_ = length_ << 8 | byte;
    if (bytes_.size() == 2 + length_bytes_) end_ = bytes_.size() + length_;
    return true;
  }

  std::string take_message() {
    Reader outer{bytes_};
    const auto message = outer.take(kSequence);
    if (!message) return other_protocol();
    Reader inner{*message};
    // Message 0 is a notice that the server closes the connection (RFC 4511 §4.4.1).
    const auto number = inner.take_number(kInteger);
    const auto response = inner.take(kExtendedResponse);
    if (!number || *number > 1 || !response) return other_protocol();
    Reader fields{*response};
    const auto code = fields.take_number(kEnumerated);
    const auto matched = fields.take(kOctetString);
    const auto text = fields.take(kOctetString);
    if (!code || !matched || !text) return other_protocol();
    if (*code == 0 && *number == 1) return ready();
    std::string name;
    for (const auto& known : kResults) {
      if (known.code == *code) name = " (" + std::string(known.name) + ")";
    }
    return refused("it rejects StartTLS with result code " + std::to_string(*code) + name +
                   (text->empty() ? "" : ": " + quoted_words(*text)));
  }

  std::string bytes_;
  std::size_t length_bytes_ = 0;
  std::size_t length_ = 0;
  std::optional<std::size_t> end_;  ///< where the message ends, as soon as that's known
};

}  // namespace

std::unique_ptr<StartTlsProtocol> ldap_protocol() { return std::make_unique<Ldap>(); }

}  // namespace carillon::certs
