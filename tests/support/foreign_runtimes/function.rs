// A function in Rust on the standard library alone: "one", a gate, "two", and the end.
//
// Which end says _HANDLER: `whole`, `fails` with the error in trailers, or `mistakes` the body for
// the place of trailers.
use std::env;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;

const BASE: &str = "/2018-06-01/runtime/invocation";
const TYPE: &str = "Lambda-Runtime-Function-Error-Type";
const BODY: &str = "Lambda-Runtime-Function-Error-Body";
// {"errorType":"StreamError","errorMessage":"broke"}
const REPORT: &str = "eyJlcnJvclR5cGUiOiJTdHJlYW1FcnJvciIsImVycm9yTWVzc2FnZSI6ImJyb2tlIn0=";

struct Api {
    reader: BufReader<TcpStream>,
    writer: TcpStream,
}

impl Api {
    fn connect() -> Api {
        let writer = TcpStream::connect(env::var("AWS_LAMBDA_RUNTIME_API").unwrap()).unwrap();
        writer.set_nodelay(true).unwrap();
        Api { reader: BufReader::new(writer.try_clone().unwrap()), writer }
    }

    fn send(&mut self, text: &str) {
        self.writer.write_all(text.as_bytes()).unwrap();
    }

    fn chunk(&mut self, data: &str) {
        self.send(&format!("{:x}\r\n{}\r\n", data.len(), data));
    }

    // The request id, if there is one, and the body.
    fn read_answer(&mut self) -> (String, String) {
        let (mut id, mut length) = (String::new(), 0);
        loop {
            let mut line = String::new();
            self.reader.read_line(&mut line).unwrap();
            let lower = line.trim().to_lowercase();
            if lower.is_empty() {
                break;
            }
            if let Some(value) = lower.strip_prefix("lambda-runtime-aws-request-id: ") {
                id = value.to_string();
            }
            if let Some(value) = lower.strip_prefix("content-length: ") {
                length = value.parse().unwrap();
            }
        }
        let mut body = vec![0; length];
        self.reader.read_exact(&mut body).unwrap();
        (id, String::from_utf8(body).unwrap())
    }
}

fn pass_gate(event: &str) {
    let after = match event.find("\"gate\"") {
        Some(at) => &event[at + 6..],
        None => return,
    };
    let port: String =
        after.chars().skip_while(|c| !c.is_ascii_digit()).take_while(|c| c.is_ascii_digit()).collect();
    let mut gate = TcpStream::connect(format!("127.0.0.1:{}", port)).unwrap();
    let _ = gate.read(&mut [0]);
}

fn main() {
    let end = env::var("_HANDLER").unwrap();
    let mut api = Api::connect();
    println!("ready");
    loop {
        api.send(&format!("GET {}/next HTTP/1.1\r\nHost: lambda\r\n\r\n", BASE));
        let (id, event) = api.read_answer();
        api.send(&format!(
            "POST {BASE}/{id}/response HTTP/1.1\r\nHost: lambda\r\nTransfer-Encoding: chunked\r\n\
             Lambda-Runtime-Function-Response-Mode: streaming\r\nTrailer: {TYPE}, {BODY}\r\n\
             Content-Type: application/vnd.awslambda.http-integration-response\r\n\r\n"
        ));
        if event.contains("requestContext") {
            api.chunk(&format!("{{\"statusCode\":201}}{}", "\0".repeat(8)));
        }
        api.chunk("one");
        pass_gate(&event);
        api.chunk("two");
        let trailers = format!("{TYPE}: Runtime.StreamError\r\n{BODY}: {REPORT}\r\n");
        match end.as_str() {
            "fails" => api.send(&format!("0\r\n{}\r\n", trailers)),
            "mistakes" => {
                api.chunk(&trailers);
                api.send("0\r\n\r\n");
            }
            _ => api.send("0\r\n\r\n"),
        }
        api.read_answer();
    }
}
