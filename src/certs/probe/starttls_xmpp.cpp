// XMPP between clients and servers, and between servers (RFC 6120 §5). See starttls_impl.hpp.

#include "base/text.hpp"
#include "certs/probe/starttls_impl.hpp"

#include <utility>

namespace carillon::certs {
namespace {

constexpr std::string_view kBlank = " \t\r\n";

/// One tag of the stream: <prefix:name …>, </name>, <name/>.
struct Tag {
  std::string_view name;  ///< without its prefix
  bool is_end = false;    ///< </name>
  bool is_empty = false;  ///< <name/>
};

/// `text` is what's between < and >.
Tag tag_of(std::string_view text) {
  Tag tag;
  if (text.starts_with('/')) {
    tag.is_end = true;
    text.remove_prefix(1);
  }
  if (text.ends_with('/')) {
    tag.is_empty = true;
    text.remove_suffix(1);
  }
  tag.name = text.substr(0, text.find_first_of(kBlank));
  if (const auto colon = tag.name.find(':'); colon != std::string_view::npos) tag.name.remove_prefix(colon + 1);
  return tag;
}

class Xmpp final : public StartTlsProtocol {
 public:
  Xmpp(bool is_server, std::string_view name) : is_server_{is_server}, name_{name} {}

  std::string opening() override {
    return std::string("<?xml version='1.0'?><stream:stream to='") + escaped_markup(name_) + "' version='1.0' xml:lang='en' xmlns='" +
           (is_server_ ? "jabber:server" : "jabber:client") + "' xmlns:stream='http://etherx.jabber.org/streams'>";
  }

  std::string take(char byte) override {
    if (!in_tag_) {
      if (byte == '<') {
        in_tag_ = true;
      } else if (!has_stream_ && kBlank.find(byte) == std::string_view::npos) {
        return other_protocol(std::string_view{&byte, 1});
      }
      return {};
    }
    if (quote_ != 0) {
      if (byte == quote_) quote_ = 0;
    } else if (byte == '"' || byte == '\'') {
      quote_ = byte;
    } else if (byte == '>') {
      in_tag_ = false;
      return take_tag(std::exchange(text_, {}));
    }
    text_ += byte;
    if (text_.size() > kLongestDialogueLine)
      return foreign("it sends an element of more than " + std::to_string(kLongestDialogueLine) + " bytes");
    return {};
  }

 private:
  std::string other_protocol(std::string_view words) { return foreign(responds_with(words) + ", which isn't XMPP"); }

  std::string take_tag(std::string_view text) {
    if (text.starts_with('?')) return {};  // <?xml version='1.0'?>
    const auto tag = tag_of(text);
    if (!has_stream_) {
      if (tag.name != "stream" || tag.is_end) return other_protocol("<" + std::string(text) + ">");
      has_stream_ = true;
      return {};
    }
    if (in_error_) return refused(responds_with(tag.name));  // the first element in an error is its condition (RFC 6120 §4.9.2)
    if (tag.name == "error" && !tag.is_end) {
      in_error_ = true;
      return {};
    }
    if (tag.name == "stream" && tag.is_end) return refused("it closes the stream before TLS starts");
    if (!was_asked_) return take_features(tag);
    if (tag.name == "proceed") return ready();
    if (tag.name == "failure") return refused(responds_with("<failure/>"));
    return {};
  }

  std::string take_features(const Tag& tag) {
    if (tag.name == "starttls" && in_features_) offered_ = true;
    if (tag.name != "features") return {};
    in_features_ = !tag.is_end && !tag.is_empty;
    if (in_features_) return {};
    if (!offered_) return refused(std::string(kNotOffered));
    was_asked_ = true;
    return "<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>";
  }

  bool is_server_;
  std::string name_;
  std::string text_;  ///< of the current tag
  char quote_ = 0;    ///< the quotation mark of the current attribute
  bool in_tag_ = false;
  bool has_stream_ = false;
  bool in_features_ = false;
  bool in_error_ = false;
  bool offered_ = false;
  bool was_asked_ = false;
};

}  // namespace

std::unique_ptr<StartTlsProtocol> xmpp_protocol(StartTls kind, std::string_view name) {
  return std::make_unique<Xmpp>(kind == StartTls::xmpp_server, name);
}

}  // namespace carillon::certs
