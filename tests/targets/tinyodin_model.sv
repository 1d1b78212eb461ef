// A model of tinyODIN's pins, written from its documentation: SPI and four-phase events outside, whole events inside.
// Its memories hold noise until they are written, and a written neuron may spike into the queue, as the chip's do.
`timescale 1ns / 1ps

module tinyODIN (
    input wire CLK, RST, SCK, MOSI, output wire MISO,
    input wire [9:0] AERIN_ADDR, input wire AERIN_REQ, output reg AERIN_ACK,
    output reg [7:0] AEROUT_ADDR, output reg AEROUT_REQ, input wire AEROUT_ACK
);
    reg [31:0] neurons [0:255];
    reg [31:0] synapses [0:8191];
    reg [11:0] queue [0:127];
    reg gate = 1, open_loop = 0, source = 0;
    reg [7:0] last = 0;
    integer head = 0, count = 0, bits = 0, n;
    reg [39:0] frame;
    reg [11:0] entry;
    reg room;
    reg [7:0] shown;
    reg [17:0] asked;
    reg reading;

    assign MISO = shown[7];
    initial begin
        AERIN_ACK = 0; AEROUT_REQ = 0; AEROUT_ADDR = 0;
        for (n = 0; n < 256; n = n + 1) neurons[n] = {1'b0, 31'h00005000 | n};
        for (n = 0; n < 8192; n = n + 1) synapses[n] = $random;
    end

    task push(input [11:0] what);
        begin queue[(head + count) % 128] = what; count = count + 1; end
    endtask

    function fires(input [11:0] v, input [11:0] threshold);
        fires = !v[11] && v >= threshold;
    endfunction

    // ---- SPI: bits on the rising edge; a frame is done with its 40th.
    always @(posedge SCK) frame <= {frame[38:0], MOSI};
    always @(negedge SCK or posedge RST) begin
        if (RST) bits = 0;
        else begin
            bits = bits + 1;
            if (bits == 20) begin reading = frame[19]; asked = frame[17:0]; end
            if (bits == 32 && reading) shown = byte_at(asked); else shown = shown << 1;
            if (bits == 40) begin bits = 0; write(frame[39:20], frame[7:0]); end
        end
    end

    function [7:0] byte_at(input [17:0] address);
        byte_at = address[17] ? synapses[address[12:0]][8*address[14:13] +: 8]
                              : neurons[address[7:0]][8*address[9:8] +: 8];
    endfunction

    task write(input [19:0] address, input [7:0] value);
        begin
            case (address[17:16])
                0: case (address[15:0]) 0: gate = value; 1: open_loop = value; 2: source = value; 3: last = value; endcase
                1: if (address[18]) begin
                    if (fires(neurons[address[7:0]][11:0], neurons[address[7:0]][23:12]) && !neurons[address[7:0]][31]
                        && !open_loop && count < 128) push(address[7:0]);
                    neurons[address[7:0]][8*address[9:8] +: 8] = value;
                end
                2: if (address[18]) synapses[address[12:0]][8*address[14:13] +: 8] = value;
            endcase
        end
    endtask

    // ---- events
    task say(input [7:0] address);
        begin
            AEROUT_ADDR = address;
            AEROUT_REQ = 1;
            while (!AEROUT_ACK) @(posedge CLK);
            AEROUT_REQ = 0;
            while (AEROUT_ACK) @(posedge CLK);
            repeat (4) @(posedge CLK); // until the core has seen that
        end
    endtask

    task finish(input [7:0] k, input signed [15:0] x, input enters);
        begin
            if (x >= 0 && x >= $signed({4'b0, neurons[k][23:12]})) begin
                neurons[k][11:0] = 0;
                if (!neurons[k][31]) begin
                    if (!source) say(k);
                    if (!open_loop && enters) push(k);
                end
            end else
                neurons[k][11:0] = x;
        end
    endtask

    function signed [15:0] state(input [7:0] k);
        state = $signed(neurons[k][11:0]);
    endfunction

    function signed [15:0] clipped(input signed [15:0] x);
        clipped = x > 2047 ? 2047 : x < -2048 ? -2048 : x;
    endfunction

    task leak(input [7:0] k);
        reg signed [15:0] v, amount;
        begin
            v = state(k);
            amount = neurons[k][30:24];
            if (v < 0) finish(k, v + amount > 0 ? 0 : v + amount, count < 128);
            else finish(k, v - amount < 0 ? 0 : v - amount, count < 128);
        end
    endtask

    task take;
        reg signed [3:0] weight;
        begin
            entry = queue[head];
            if (entry[11:8]) begin
                room = count < 128;
                weight = entry[11:8];
                head = (head + 1) % 128; count = count - 1;
                finish(entry[7:0], clipped(state(entry[7:0]) + weight), room);
            end else begin
                for (n = 0; n <= last; n = n + 1) begin
                    repeat (2) @(posedge CLK);
                    weight = synapses[{entry[7:0], n[7:3]}][4*n[2:0] +: 4];
                    finish(n, clipped(state(n) + weight), count < 128);
                end
                if (source) say(entry[7:0]);
                head = (head + 1) % 128; count = count - 1;
            end
        end
    endtask

    reg seen = 0, request = 0; // a request takes two clocks to be seen
    always @(posedge CLK) {request, seen} <= {seen, AERIN_REQ};

    always begin
        @(posedge CLK);
        if (!gate) begin
            if (count == 128) take;
            else if (request) begin
                if (!AERIN_ADDR[8]) push(AERIN_ADDR[9] ? {AERIN_ADDR[7:4], 4'b0, AERIN_ADDR[3:0]} : AERIN_ADDR[7:0]);
                else if (&AERIN_ADDR[7:0]) for (n = 0; n <= last; n = n + 1) leak(n);
                else leak(AERIN_ADDR[7:0]);
                AERIN_ACK = 1;
                while (request) @(posedge CLK);
                AERIN_ACK = 0;
            end else if (count > 0) take;
        end
    end
endmodule
