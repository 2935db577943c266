// SPDX-License-Identifier: Apache-2.0
// Talks to the outside.
mod attempt;
use attempt::{attempt, finish};
use std::net::{TcpStream, ToSocketAddrs, UdpSocket};

fn main() {
    for host in ["10.0.2.2:80", "8.8.8.8:53", "169.254.169.254:80", "[2001:4860:4860::8888]:53"] {
        attempt(host, TcpStream::connect(host));
    }
    attempt("udp", UdpSocket::bind("0.0.0.0:0").and_then(|socket| socket.send_to(b"x", "8.8.8.8:53")));
    attempt("a name", "example.org:80".to_socket_addrs());
    finish()
}
