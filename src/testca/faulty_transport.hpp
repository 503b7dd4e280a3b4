#pragma once
// A connection that does to one answer what a fault asks for: not sent, cut halfway, or dripped.

#include "net/transport.hpp"
#include "testca/authority.hpp"

#include <memory>

namespace carillon::testca {

/// What is to become of the next answer; the handler says it, the transport does it. Both run on the connection's loop.
struct NextAnswer {
  Delivery::Wire wire = Delivery::Wire::whole;
  Duration delay{};
};

[[nodiscard]] std::unique_ptr<net::Transport> make_faulty_transport(std::unique_ptr<net::Transport> transport,
                                                                    std::shared_ptr<NextAnswer> next);

}  // namespace carillon::testca
