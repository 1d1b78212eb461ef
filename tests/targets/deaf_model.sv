// ODIN's pins. It takes every event and never spikes.
`timescale 1ns / 1ps

module ODIN (
    input wire CLK, RST, SCK, MOSI, output wire MISO,
    input wire [16:0] AERIN_ADDR, input wire AERIN_REQ, output wire AERIN_ACK,
    output wire [7:0] AEROUT_ADDR, output wire AEROUT_REQ, input wire AEROUT_ACK
);
    assign MISO = 0, AERIN_ACK = AERIN_REQ, AEROUT_ADDR = 0, AEROUT_REQ = 0;
endmodule
